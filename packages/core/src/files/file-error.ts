import { type ErrorCode, isLookupFfnError, LookupFfnError } from '../errors.js';

/** What an operating system's error code means to the user, and what to do about it. */
const advice: Readonly<Record<string, { code: ErrorCode; what: string }>> = {
  ENOENT: { code: 'FILE_NOT_FOUND', what: 'it does not exist. Check the path' },
  EACCES: {
    code: 'FILE_IO',
    what: 'permission denied. Change its permissions, or choose a place that you may use',
  },
  EPERM: {
    code: 'FILE_IO',
    what: 'the operation is not permitted. Change its permissions, or choose another place',
  },
  ENOSPC: { code: 'FILE_IO', what: 'the disk is full. Free some space, or choose another disk' },
  EDQUOT: { code: 'FILE_IO', what: 'the disk quota is used up. Free some space, or choose another disk' },
  EISDIR: { code: 'FILE_IO', what: 'it is a folder. Give the path of a file' },
  ENOTDIR: { code: 'FILE_IO', what: 'a part of the path is a file, not a folder. Check the path' },
  EEXIST: {
    code: 'FILE_IO',
    what: 'something of that name is in the way. Remove it, or choose another path',
  },
  EROFS: { code: 'FILE_IO', what: 'the file system is read-only. Choose another place' },
  EMFILE: { code: 'FILE_IO', what: 'too many files are open. Close some, or raise the limit (ulimit -n)' },
  ENAMETOOLONG: { code: 'FILE_IO', what: 'the name is too long. Choose a shorter path' },
};

/**
 * Turns a failed file operation into a coded error: `FILE_NOT_FOUND`, or `FILE_IO` for all else the system refuses.
 * `doing` completes "Could not ... path", e.g. `'write'`. Errors that are not the system's come back unchanged.
 */
export function fileError(error: unknown, path: string, doing: string): Error {
  if (isLookupFfnError(error)) return error;
  const systemCode = (error as NodeJS.ErrnoException | null)?.code;
  const isSystemError =
    error instanceof Error && typeof systemCode === 'string' && /^E[A-Z0-9]+$/.test(systemCode);
  if (!isSystemError) return error instanceof Error ? error : new Error(String(error));
  const known = advice[systemCode] ?? { code: 'FILE_IO' as const, what: error.message };
  return new LookupFfnError(
    known.code,
    `Could not ${doing} ${path}: ${known.what} (${systemCode}).`,
    { path, systemCode },
    error,
  );
}
