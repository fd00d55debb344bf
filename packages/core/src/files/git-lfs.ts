import { LookupFfnError } from '../errors.js';

const beginning = 'version https://git-lfs';

/** How many bytes of a file tell whether it is a pointer. */
export const LFS_PREFIX_BYTES = beginning.length;

/**
 * Throws `FILE_CORRUPT` where a file's beginning is that of a Git LFS pointer: a clone without git-lfs has such a small
 * text in the place of every large file.
 */
export function refuseLfsPointer(path: string, start: string | Uint8Array): void {
  const text = typeof start === 'string' ? start : new TextDecoder().decode(start);
  if (!text.startsWith(beginning)) return;
  throw new LookupFfnError(
    'FILE_CORRUPT',
    `${path} is only a Git LFS pointer to the file. Run \`git lfs pull\` in its repository, or download the file itself.`,
    { file: path, path },
  );
}
