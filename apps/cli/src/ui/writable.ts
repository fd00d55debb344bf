import { lstat, mkdtemp, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileError } from '@lookupffn/core/node';

function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
}

/**
 * Throws `FILE_IO` unless the folder, or the nearest one above it that exists, can be written to. Full paths only. It is
 * tried out: permissions alone do not tell of a system's own folders (/proc), or of a full disk.
 */
export async function requireWritable(path: string, doing = 'write to the output folder'): Promise<void> {
  for (let folder = path; ; folder = dirname(folder)) {
    let found = false;
    try {
      const status = await stat(folder);
      found = true;
      if (!status.isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
      await rmdir(await mkdtemp(join(folder, '.lookupffn-')));
      return;
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT' && !found;
      // A dangling link is there, and making a folder would fail on it.
      if (!missing || dirname(folder) === folder || (await isLink(folder))) {
        throw fileError(error, path, doing);
      }
    }
  }
}
