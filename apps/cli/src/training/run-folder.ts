import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isLookupFfnError, LookupFfnError } from '@lookupffn/core';
import { fileError, readJsonFile, writeJsonFile } from '@lookupffn/core/node';
import * as v from 'valibot';
import type { CompleteTrainConfig } from './presets.js';
import { lockFile } from './run-lock.js';

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

/** Throws `RUN_MISMATCH` for a folder with anything in it but a lock. */
export async function requireFreshFolder(path: string): Promise<void> {
  const found = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    throw fileError(error, path, 'open');
  });
  const entries = found.filter((name) => name !== lockFile);
  if (entries.length === 0) return;
  const what = entries.includes(runFile) ? 'holds a run already' : 'is not empty';
  throw new LookupFfnError(
    'RUN_MISMATCH',
    `${path} ${what}. Give another --out${entries.includes(runFile) ? ', or go on with it: --resume' : ''}.`,
    { path },
  );
}

/** `RUN_MISMATCH` and what to do where there is no run, `FILE_CORRUPT` where what says so is damaged. */
function noRun(path: string, error: unknown, remedy: string): unknown {
  if (!isLookupFfnError(error)) return error;
  if (error.code === 'FILE_NOT_FOUND') {
    const text = `There is no run in ${path} to go on with (no ${runFile}). ${remedy}`;
    return new LookupFfnError('RUN_MISMATCH', text, { path }, error);
  }
  if (error.code !== 'FILE_CORRUPT') return error;
  const text = `${error.message} A run without it cannot be gone on with: start anew with another --out, or move ${path} away.`;
  return new LookupFfnError('FILE_CORRUPT', text, { path }, error);
}

/**
 * The state of a run to go on with. `remedy` is what to do where there is none, which throws `RUN_MISMATCH`. Throws
 * `FILE_CORRUPT` for a damaged one, and file errors.
 */
export async function readRunState(path: string, remedy: string): Promise<RunState> {
  const file = join(path, runFile);
  try {
    const result = v.safeParse(schema, await readJsonFile(file));
    if (result.success) return result.output as unknown as RunState;
    const issue = result.issues[0];
    throw new LookupFfnError(
      'FILE_CORRUPT',
      `${file} is damaged: ${v.getDotPath(issue) ?? 'the file'}: ${issue.message}.`,
    );
  } catch (error) {
    throw noRun(path, error, remedy);
  }
}

/** Writes what a resumed run needs; on failure nothing is left of it. */
export async function startRunFolder(path: string, state: RunState, tokenizer: unknown): Promise<void> {
  try {
    await writeJsonFile(join(path, tokenizerFile), tokenizer);
    await writeJsonFile(join(path, runFile), state);
  } catch (error) {
    await removeRunFiles(path).catch(() => {});
    throw fileError(error, path, 'write to the output folder');
  }
}

/** Takes away what `startRunFolder` has written, and nothing else. */
export async function removeRunFiles(path: string): Promise<void> {
  for (const name of [runFile, tokenizerFile]) await rm(join(path, name), { force: true });
}
