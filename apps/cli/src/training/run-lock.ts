import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, readFile, realpath, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { LookupFfnError } from '@lookupffn/core';
import { fileError } from '@lookupffn/core/node';
import * as v from 'valibot';

/** Stands in a run's folder while a process trains, converts or fine-tunes there. */
export const lockFile = 'run.lock';

const schema = v.object({ pid: v.pipe(v.number(), v.integer(), v.minValue(1)), host: v.string() });
type Holder = v.InferOutput<typeof schema>;

/** Held by this process: after a kill in a container, the next process there may have the same number. */
const held = new Set<string>();

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process may not be signalled, but is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function parseHolder(text: string): Holder | null {
  try {
    return v.parse(schema, JSON.parse(text));
  } catch {
    return null;
  }
}

const textOf = (file: string) => readFile(file, 'utf8').catch(() => '');

/** Whoever holds the lock has made it, then written it: its text may be a moment late. */
async function settledText(file: string): Promise<string> {
  for (let tries = 0; tries < 10; tries++) {
    const text = await textOf(file);
    if (parseHolder(text)) return text;
    await setTimeout(50);
  }
  return textOf(file);
}

/** Whether the lock is of a process that is gone; one of another machine cannot be asked. */
function isLeft(file: string, holder: Holder | null): boolean {
  if (!holder) return true;
  if (holder.host !== hostname()) return false;
  return holder.pid === process.pid ? !held.has(file) : !isAlive(holder.pid);
}

function inUse(folder: string, { pid, host }: Holder): LookupFfnError {
  const where = host === hostname() ? 'this machine' : host;
  return new LookupFfnError(
    'RUN_MISMATCH',
    `${folder} is in use by process ${pid} on ${where}. Wait for it or stop it, or give another output folder. Where it is no lookupffn that runs, remove ${join(folder, lockFile)}.`,
    { folder, pid, host },
  );
}

/** Takes the file away if it still is what was read: another process may have taken it over meanwhile. */
async function removeLeft(file: string, text: string): Promise<void> {
  const aside = `${file}-${randomUUID()}`;
  await rename(file, aside).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if ((await textOf(aside)) === text) await rm(aside, { force: true });
  else await rename(aside, file).catch(() => {});
}

async function acquire(folder: string): Promise<string> {
  const file = join(await realpath(folder), lockFile);
  for (;;) {
    try {
      const holder: Holder = { pid: process.pid, host: hostname() };
      await writeFile(file, `${JSON.stringify(holder)}\n`, { flag: 'wx' });
      held.add(file);
      return file;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const text = await settledText(file);
    const holder = parseHolder(text);
    if (holder && !isLeft(file, holder)) throw inUse(folder, holder);
    await removeLeft(file, text);
  }
}

/** Folders that were made for the lock and have stayed empty. */
async function removeEmpty(folder: string, top: string): Promise<void> {
  for (let at = folder; ; at = dirname(at)) {
    await rmdir(at);
    if (at === top) return;
  }
}

/**
 * Does work in a folder that no other process may work in meanwhile, and makes the folder if it is missing; where it is
 * empty afterwards, it goes again. Full paths only. Throws `RUN_MISMATCH` where another process is at work, and
 * `FILE_IO`. A lock that a killed process has left is taken over.
 */
export async function withRunLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  let made: string | undefined;
  let file: string;
  try {
    made = await mkdir(folder, { recursive: true });
    file = await acquire(folder);
  } catch (error) {
    throw fileError(error, folder, 'write to the output folder');
  }
  // A second Ctrl-C ends the process at once.
  const onExit = () => rmSync(file, { force: true });
  process.once('exit', onExit);
  try {
    return await work();
  } finally {
    process.off('exit', onExit);
    held.delete(file);
    await rm(file, { force: true }).catch(() => {});
    if (made) await removeEmpty(folder, made).catch(() => {});
  }
}
