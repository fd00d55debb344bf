import { access, constants, lstat, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileError } from '@lookupffn/core/node';

function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
}

/** Throws `FILE_IO` unless the folder, or the nearest one above it that exists, can be written to. Full paths only. */
export async function requireWritable(path: string): Promise<void> {
  for (let folder = path; ; folder = dirname(folder)) {
    try {
      const found = await stat(folder);
      if (!found.isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
      await access(folder, constants.W_OK | constants.X_OK);
      return;
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      // A dangling link is there, and making a folder would fail on it.
      if (!missing || dirname(folder) === folder || (await isLink(folder))) {
        throw fileError(error, path, 'write to the output folder');
      }
    }
  }
}
