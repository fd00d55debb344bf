import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isLookupFfnError, LookupFfnError } from '@lookupffn/core';
import { fileError, readJsonFile, writeJsonFile } from '@lookupffn/core/node';
import { lockFile } from '../training/run-lock.js';
import { requireWritable } from '../ui/writable.js';
import { type DemoState, parseDemoState } from './state.js';

const stateFile = 'demo.json';
const tokenizerFile = 'tokenizer.json';

/** What a demo writes into its folder; nothing else there is ever removed. */
const ownEntries = ['dense', 'lookup', tokenizerFile, 'report.json', 'report.html', stateFile];

/** The demo's output folder, known to be one: absent, empty, or holding an earlier demo. */
export interface DemoFolder {
  readonly path: string;
  /** The earlier demo's state, if there is one. */
  readonly state: DemoState | null;
}

async function entriesOf(path: string): Promise<string[] | null> {
  try {
    return (await readdir(path)).filter((name) => name !== lockFile);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fileError(error, path, 'open');
  }
}

async function readState(path: string): Promise<DemoState> {
  try {
    return parseDemoState(await readJsonFile(join(path, stateFile)));
  } catch (error) {
    if (!isLookupFfnError(error)) throw error;
    throw new LookupFfnError(
      'RUN_MISMATCH',
      `${path} holds a ${stateFile} that this version cannot read: ${error.message} Give another --out, or remove that folder yourself.`,
      { path },
      error,
    );
  }
}

/**
 * Looks at the folder, past a lock, and changes nothing. Throws `RUN_MISMATCH` for a folder with other things in it, and
 * `FILE_IO` where nothing can be written.
 */
export async function inspectDemoFolder(path: string): Promise<DemoFolder> {
  const full = resolve(path);
  await requireWritable(full);
  const entries = await entriesOf(full);
  if (entries === null || entries.length === 0) return { path: full, state: null };
  if (!entries.includes(stateFile)) {
    throw new LookupFfnError(
      'RUN_MISMATCH',
      `${path} is not empty and no earlier demo (it has no ${stateFile}); nothing in it was touched. Give another --out.`,
      { path: full },
    );
  }
  return { path: full, state: await readState(full) };
}

/** Removes the earlier demo, if there was one, and writes what both twins of the new one share. */
export async function startDemoFolder(
  { path }: DemoFolder,
  state: DemoState,
  tokenizer: unknown,
): Promise<void> {
  let made: string | undefined;
  try {
    made = await mkdir(path, { recursive: true });
    // The state goes last: a removal that is cut short leaves a folder that is still recognised.
    for (const entry of ownEntries) await rm(join(path, entry), { recursive: true, force: true });
    await writeJsonFile(join(path, tokenizerFile), tokenizer);
    await writeJsonFile(join(path, stateFile), state);
  } catch (error) {
    await rm(join(path, tokenizerFile), { force: true }).catch(() => {});
    // Only an empty folder goes, as it should.
    if (made) await rmdir(path).catch(() => {});
    throw fileError(error, path, 'write to the output folder');
  }
}
