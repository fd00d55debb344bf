import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isLookupFfnError, LookupFfnError, Random } from '@lookupffn/core';
import {
  fileError,
  openSafetensorsFile,
  readJsonFile,
  writeJsonFile,
  writeSafetensors,
} from '@lookupffn/core/node';
import type { RobertaModel } from '@lookupffn/roberta';
import { loadModelFolder, type ModelFolder, saveModelFolder } from '@lookupffn/roberta/node';
import * as v from 'valibot';
import type { AdamW } from '../optimizer/adamw.js';
import { momentTensors, readMoments } from '../optimizer/moments.js';
import { parseTrainingOptions } from './options.js';

const momentsFile = 'optimizer.safetensors';
const stateFile = 'trainer.json';
const unfinished = '.writing-';
const namePattern = /^step-(\d{8,})$/;

const evaluation = v.object({
  logPerplexity: v.number(),
  accuracy: v.number(),
  maskedTokens: v.number(),
  sequences: v.number(),
});

const stateSchema = v.object({
  format: v.literal(1),
  /** Steps done. */
  step: v.pipe(v.number(), v.integer(), v.minValue(0)),
  options: v.pipe(
    v.unknown(),
    v.transform((options) => parseTrainingOptions(options)),
  ),
  corpusHash: v.string(),
  tokenizerHash: v.string(),
  /** The stepper's random numbers; data order and masks follow from the seed and the step. */
  random: v.pipe(
    v.array(v.number()),
    v.check((state) => {
      Random.fromState(state);
      return true;
    }),
  ),
  loss: v.nullable(v.number()),
  validation: v.nullable(v.object({ step: v.number(), result: evaluation })),
  /** The best evaluation so far, where its checkpoint is kept. */
  best: v.optional(v.nullable(v.object({ step: v.number(), logPerplexity: v.number() })), null),
  /** Who computed: losses are bit-identical on the same backend with the same number of threads only. */
  backend: v.object({ name: v.string(), isa: v.string(), threads: v.number() }),
});

/** What a run is beside its weights and moments. */
export type TrainerState = Readonly<v.InferOutput<typeof stateSchema>>;

export interface Checkpoint {
  readonly folder: string;
  readonly state: TrainerState;
  readonly model: ModelFolder;
  /** Fills an optimiser's moments. Throws as `readCheckpoint`. */
  readMoments(optimizer: AdamW): Promise<void>;
}

const checkpointsFolder = (run: string) => join(run, 'checkpoints');

/** Where the checkpoint of a step stands. */
export const checkpointFolder = (run: string, step: number) =>
  join(checkpointsFolder(run), `step-${String(step).padStart(8, '0')}`);

async function names(run: string): Promise<string[]> {
  const folder = checkpointsFolder(run);
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw fileError(error, folder, 'read');
  }
}

/** A run's complete checkpoints, oldest first. */
export async function listCheckpoints(run: string): Promise<{ step: number; folder: string }[]> {
  return (await names(run))
    .flatMap((name) => {
      const match = namePattern.exec(name);
      return match ? [{ step: Number(match[1]), folder: join(checkpointsFolder(run), name) }] : [];
    })
    .sort((a, b) => a.step - b.step);
}

/** Removes what a killed run left half-written or half-removed. */
export async function removeUnfinished(run: string): Promise<void> {
  const folder = checkpointsFolder(run);
  for (const name of await names(run)) {
    if (name.startsWith(unfinished)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

export interface CheckpointContents {
  readonly model: RobertaModel;
  readonly optimizer: AdamW;
  readonly state: TrainerState;
  readonly tokenizerJson?: unknown;
  /** Checkpoints kept, this one included; the state's best is kept besides. */
  readonly keep: number;
}

/** A hidden folder beside the checkpoints, with the permissions that they shall have (mkdtemp's are its owner's). */
async function makeHidden(run: string): Promise<string> {
  const folder = join(checkpointsFolder(run), `${unfinished}${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Out of sight first, so that no half-removed folder looks like a checkpoint. */
async function removeCheckpoint(run: string, folder: string): Promise<void> {
  const hidden = await makeHidden(run);
  await rename(folder, join(hidden, 'old'));
  await rm(hidden, { recursive: true, force: true });
}

/** Whatever stands there goes aside first and away last, so that its place is empty for one rename only. */
async function putInPlace(run: string, made: string, folder: string): Promise<void> {
  const hidden = await makeHidden(run);
  const aside = join(hidden, 'old');
  const stood = await rename(folder, aside).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
  try {
    await rename(made, folder);
  } catch (error) {
    if (stood) await rename(aside, folder);
    throw error;
  }
  await rm(hidden, { recursive: true, force: true });
}

/** All but the newest `keep`, the state's own included, and but the best. */
async function removeOlder(run: string, { step, best }: TrainerState, keep: number): Promise<void> {
  const rest = (await listCheckpoints(run)).filter(
    (other) => other.step !== step && other.step !== best?.step,
  );
  for (const old of rest.slice(0, Math.max(0, rest.length - (keep - 1)))) {
    await removeCheckpoint(run, old.folder);
  }
}

/**
 * What a checkpoint says beside its weights and moments, anew: the folder never goes away, so that a kill loses nothing.
 * Then older ones are removed as by `writeCheckpoint`. Throws `FILE_IO` or `FILE_NOT_FOUND`.
 */
export async function rewriteState(run: string, state: TrainerState, keep: number): Promise<void> {
  const folder = checkpointFolder(run, state.step);
  try {
    await writeJsonFile(join(folder, stateFile), state);
    await removeOlder(run, state, keep);
  } catch (error) {
    throw fileError(error, folder, 'write the checkpoint');
  }
}

/**
 * Writes `checkpoints/step-<step>` of a run: a complete model folder, AdamW's moments and the trainer's state. It
 * appears at once, complete and synced, or not at all; then older ones are removed. Returns its path. Throws `FILE_IO`
 * or `FILE_NOT_FOUND`, the older checkpoints untouched.
 */
export async function writeCheckpoint(run: string, contents: CheckpointContents): Promise<string> {
  const { model, optimizer, state, tokenizerJson, keep } = contents;
  const folder = checkpointFolder(run, state.step);
  let temporary: string | undefined;
  try {
    temporary = await makeHidden(run);
    await saveModelFolder(temporary, {
      ...model,
      tokenizerJson,
      metadata: { step: String(state.step) },
    });
    await writeSafetensors(join(temporary, momentsFile), momentTensors(optimizer));
    await writeJsonFile(join(temporary, stateFile), state);
    await putInPlace(run, temporary, folder);
    temporary = undefined;
    await removeOlder(run, state, keep);
    return folder;
  } catch (error) {
    if (temporary) await rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw fileError(error, folder, 'write the checkpoint');
  }
}

async function readState(path: string): Promise<TrainerState> {
  const json = await readJsonFile(path);
  const result = (() => {
    try {
      return v.safeParse(stateSchema, json);
    } catch (error) {
      return { success: false as const, issues: [{ message: (error as Error).message }] };
    }
  })();
  if (result.success) return result.output;
  throw new LookupFfnError('FILE_CORRUPT', `${path} is no trainer's state: ${result.issues[0]!.message}.`, {
    path,
  });
}

/** A file that is missing from a checkpoint is damage too; and what to do about damage. */
function unreadable(error: unknown, folder: string, older: string | undefined): unknown {
  if (!isLookupFfnError(error)) return error;
  const code = error.code === 'FILE_NOT_FOUND' ? 'FILE_CORRUPT' : error.code;
  const remedy = older
    ? `Remove ${folder} to go on from ${older}.`
    : `Remove ${folder} and start the run anew; it has no older checkpoint.`;
  return new LookupFfnError(
    code,
    `${error.message} ${remedy}`,
    { ...error.details, checkpoint: folder, older: older ?? null },
    error,
  );
}

async function fillMoments(folder: string, optimizer: AdamW): Promise<void> {
  const file = await openSafetensorsFile(join(folder, momentsFile));
  try {
    await readMoments(file, optimizer);
  } finally {
    await file.close();
  }
}

/**
 * Reads the newest checkpoint of a run, or that of a step. Throws `FILE_NOT_FOUND` where there is none, and
 * `FILE_CORRUPT` naming the file that is cut short, malformed or missing.
 */
export async function readCheckpoint(run: string, step?: number): Promise<Checkpoint> {
  const all = await listCheckpoints(run);
  const at = step === undefined ? all.length - 1 : all.findIndex((checkpoint) => checkpoint.step === step);
  const found = all[at];
  if (!found) {
    const remedy =
      all.length === 0
        ? 'Start the run without resuming.'
        : `It has those of the steps ${all.map((checkpoint) => checkpoint.step).join(', ')}.`;
    throw new LookupFfnError(
      'FILE_NOT_FOUND',
      `${run} holds no checkpoint ${step === undefined ? 'to resume from' : `of step ${step}`}. ${remedy}`,
      { path: run },
    );
  }
  const { folder } = found;
  const explain = (error: unknown) => {
    throw unreadable(error, folder, all[at - 1]?.folder);
  };
  try {
    return {
      folder,
      state: await readState(join(folder, stateFile)),
      model: await loadModelFolder(folder),
      readMoments: (optimizer) => fillMoments(folder, optimizer).catch(explain),
    };
  } catch (error) {
    return explain(error);
  }
}
