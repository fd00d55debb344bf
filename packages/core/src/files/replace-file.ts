import { randomBytes } from 'node:crypto';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LookupFfnError } from '../errors.js';
import { fileError } from './file-error.js';

type Target = { path: string; kind: 'new' | 'file' | 'other' };

/** Follows links, so that a link to a checkpoint stays a link. */
async function findTarget(path: string): Promise<Target> {
  try {
    const real = await realpath(path);
    const found = await stat(real);
    if (found.isDirectory()) throw Object.assign(new Error(`${path} is a folder`), { code: 'EISDIR' });
    return { path: real, kind: found.isFile() ? 'file' : 'other' };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { path, kind: 'new' };
  }
}

/** A rename is only sure to survive a power cut once its folder is on disk; not every system can do that. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // Windows cannot open folders, and some network file systems cannot sync them: the file itself is written.
  }
}

async function writeAndSync(
  path: string,
  flags: string,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await open(path, flags);
  try {
    await write(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes a file so that readers see the whole old or the whole new one, never a part: into a temporary file of the
 * same folder, synced, then renamed. On failure the temporary file is removed and the old file is untouched. A
 * device or pipe (`/dev/stdout`) cannot be replaced and is written to directly. Throws `FILE_NOT_FOUND` when the
 * folder is missing, `FILE_IO` when it cannot be written; errors of `write` itself pass through.
 */
export async function replaceFile(path: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  let temporary: string | undefined;
  try {
    const target = await findTarget(path);
    if (target.kind === 'other') {
      const handle = await open(target.path, 'w');
      await write(handle).finally(() => handle.close());
      return;
    }
    const folder = dirname(target.path);
    // Hidden, so that a run that is killed leaves nothing that looks like a result.
    temporary = join(folder, `.${basename(target.path)}.${randomBytes(6).toString('hex')}.tmp`);
    await writeAndSync(temporary, 'wx', write);
    await rename(temporary, target.path);
    temporary = undefined;
    await syncFolder(folder);
  } catch (error) {
    if (temporary) await rm(temporary, { force: true }).catch(() => {});
    throw fileError(error, path, 'write');
  }
}

/** Replaces a file by a text (UTF-8); see `replaceFile`. */
export function writeTextFile(path: string, text: string): Promise<void> {
  return replaceFile(path, (handle) => handle.writeFile(text));
}

/** Replaces a file by a value as JSON, indented by two spaces, with a closing newline; see `replaceFile`. */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  const text = JSON.stringify(value, null, 2);
  if (text === undefined) {
    throw new LookupFfnError('INVALID_ARGUMENT', `${path}: ${typeof value} cannot be written as JSON.`, {
      path,
    });
  }
  await writeTextFile(path, `${text}\n`);
}
