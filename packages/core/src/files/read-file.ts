import { readFile } from 'node:fs/promises';
import { LookupFfnError } from '../errors.js';
import { fileError } from './file-error.js';
import { refuseLfsPointer } from './git-lfs.js';

/** All bytes of a file. Throws `FILE_NOT_FOUND` or `FILE_IO`. */
export async function readFileBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw fileError(error, path, 'read');
  }
}

/** The whole text of a UTF-8 file. Throws `FILE_NOT_FOUND` or `FILE_IO`. */
export async function readTextFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw fileError(error, path, 'read');
  }
}

/** The value of a JSON file. Throws as `readTextFile`, and `FILE_CORRUPT` when it is not JSON. */
export async function readJsonFile(path: string): Promise<unknown> {
  const text = await readTextFile(path);
  refuseLfsPointer(path, text);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new LookupFfnError(
      'FILE_CORRUPT',
      `${path} is not JSON: ${(error as Error).message}.`,
      { path },
      error,
    );
  }
}
