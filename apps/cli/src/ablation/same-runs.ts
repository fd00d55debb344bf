import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isLookupFfnError, LookupFfnError } from '@lookupffn/core';
import { readTokenizer } from '@lookupffn/server';
import { readRunState } from '../training/run-folder.js';
import { decidingValues } from './deciding.js';
import type { Ablation, AblationRun } from './grid.js';
import { runFolder } from './train-all.js';

const begun = (folder: string, runs: readonly AblationRun[]) =>
  runs.filter((run) => existsSync(join(runFolder(folder, run), 'run.json')));

function refuse(
  folder: string,
  { name }: AblationRun,
  keys: readonly string[],
  what: string,
): LookupFfnError {
  const path = runFolder(folder, { name });
  return new LookupFfnError(
    'RUN_MISMATCH',
    `${name} in ${folder} is not a run of this grid: it differs in ${what}. Give another --out, or remove ${path}, so that it is trained again.`,
    { run: name, keys, path },
  );
}

/** What decided the result of a run that was begun; an option of another version may be none of this one's. */
function valuesOf(path: string, read: () => ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  try {
    return read();
  } catch (error) {
    if (!isLookupFfnError(error)) throw error;
    throw new LookupFfnError(error.code, `${path}: ${error.message}`, { ...error.details, path }, error);
  }
}

/**
 * Refuses runs in the folder that were begun with another corpus or configuration than the grid has now: their results
 * would stand under its names. Throws `RUN_MISMATCH` naming run and keys (`details.keys`).
 */
export async function checkSameRuns(
  folder: string,
  { runs, corpus = null }: Pick<Ablation, 'runs'> & { readonly corpus?: string | null },
): Promise<void> {
  for (const run of begun(folder, runs)) {
    const path = runFolder(folder, run);
    const state = await readRunState(path, `Remove ${path}: the same command trains it again.`);
    if (state.corpus !== corpus) {
      const text = (of: string | null) => of ?? 'the default one';
      const what = `the corpus (was ${text(state.corpus)}, now ${text(corpus)})`;
      throw refuse(folder, run, ['corpus'], what);
    }
    const was = valuesOf(join(path, 'run.json'), () => decidingValues(state.config));
    const now = decidingValues(run.config);
    const keys = [...new Set([...was.keys(), ...now.keys()])].filter((key) => was.get(key) !== now.get(key));
    if (keys.length === 0) continue;
    const text = (key: string) => `${key} (was ${was.get(key) ?? 'absent'}, now ${now.get(key) ?? 'absent'})`;
    throw refuse(folder, run, keys, keys.map(text).join('; '));
  }
}

/** As `checkSameRuns`, of the runs' tokenizers, whichever files they were read from. */
export async function checkSameTokenizers(folder: string, runs: readonly AblationRun[]): Promise<void> {
  const read = async (path: string) => JSON.stringify((await readTokenizer(path)).toJSON());
  const known = new Map<string, Promise<string>>();
  for (const run of begun(folder, runs)) {
    const { tokenizer } = run.config;
    if (!('path' in tokenizer)) continue;
    const { path } = tokenizer;
    if (!known.has(path)) known.set(path, read(path));
    const was = await read(join(runFolder(folder, run), 'tokenizer.json'));
    if (was !== (await known.get(path)))
      throw refuse(folder, run, ['tokenizer'], `the tokenizer (now ${path})`);
  }
}
