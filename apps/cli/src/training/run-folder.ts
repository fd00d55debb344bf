import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LookupFfnError } from '@lookupffn/core';
import { fileError, readJsonFile, writeJsonFile } from '@lookupffn/core/node';
import * as v from 'valibot';
import { requireWritable } from '../ui/writable.js';
import type { CompleteTrainConfig } from './presets.js';

const runFile = 'run.json';
const tokenizerFile = 'tokenizer.json';

const schema = v.object({
  kind: v.literal('lookupffn-run'),
  version: v.literal(1),
  /** Full path of the corpus; null for the one that comes with the installation. */
  corpus: v.nullable(v.string()),
  config: v.looseObject({}),
  /** The run that this one branched off from, and at which of its checkpoints. */
  from: v.optional(v.object({ folder: v.string(), step: v.optional(v.number()) })),
});

/** A run to branch off from: its model folder, full path, and a step of it (absent: its newest checkpoint). */
export interface RunOrigin {
  readonly folder: string;
  readonly step?: number;
}

/** What a resumed run must know. */
export interface RunState {
  readonly kind: 'lookupffn-run';
  readonly version: 1;
  readonly corpus: string | null;
  readonly config: CompleteTrainConfig;
  readonly from?: RunOrigin;
}

/** Throws `RUN_MISMATCH` for a folder with anything in it, `FILE_IO` for one that cannot be written. */
export async function requireFreshFolder(path: string): Promise<void> {
  await requireWritable(resolve(path));
  const entries = await readdir(path).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw fileError(error, path, 'open');
  });
  if (entries.length === 0) return;
  const what = entries.includes(runFile) ? 'holds a run already' : 'is not empty';
  throw new LookupFfnError(
    'RUN_MISMATCH',
    `${path} ${what}. Give another --out${entries.includes(runFile) ? ', or go on with it: --resume' : ''}.`,
    { path },
  );
}

/** The state of a run to go on with. Throws `RUN_MISMATCH` where there is none. */
export async function readRunState(path: string): Promise<RunState> {
  const file = join(path, runFile);
  const json = await readJsonFile(file).catch((error: unknown) => {
    throw new LookupFfnError(
      'RUN_MISMATCH',
      `There is no run in ${path} to go on with (no readable ${runFile}). Leave --resume out to start one.`,
      { path },
      error,
    );
  });
  const result = v.safeParse(schema, json);
  if (!result.success) {
    const issue = result.issues[0];
    throw new LookupFfnError(
      'FILE_CORRUPT',
      `${file}: ${v.getDotPath(issue) ?? 'the file'}: ${issue.message}.`,
    );
  }
  return result.output as unknown as RunState;
}

/** Makes the folder with what a resumed run needs; on failure nothing is left of it. */
export async function startRunFolder(path: string, state: RunState, tokenizer: unknown): Promise<void> {
  let made: string | undefined;
  try {
    made = await mkdir(path, { recursive: true });
    await writeJsonFile(join(path, tokenizerFile), tokenizer);
    await writeJsonFile(join(path, runFile), state);
  } catch (error) {
    await rm(join(path, tokenizerFile), { force: true }).catch(() => {});
    if (made) await rmdir(path).catch(() => {});
    throw fileError(error, path, 'write to the output folder');
  }
}

/** Takes away what `startRunFolder` and a trainer in `training` have made, and nothing else. */
export async function removeRunFolder(path: string, training: string): Promise<void> {
  await rm(training, { recursive: true, force: true });
  for (const name of [runFile, tokenizerFile]) await rm(join(path, name), { force: true });
  // Stays where there is something else in it.
  await rmdir(path).catch(() => {});
}
