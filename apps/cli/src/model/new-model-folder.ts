import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LookupFfnError } from '@lookupffn/core';
import { withRunLock } from '../training/run-lock.js';
import { requireWritable } from '../ui/writable.js';

/**
 * Does work that makes a model in `output`, alone there. Throws `FILE_IO` where the folder cannot be written to,
 * `RUN_MISMATCH` where another process is at work in it, and `INVALID_ARGUMENT` where it holds a finished model.
 */
export async function inNewModelFolder<T>(output: string, work: () => Promise<T>): Promise<T> {
  const folder = resolve(output);
  await requireWritable(folder);
  return withRunLock(folder, async () => {
    if (existsSync(join(output, 'config.json'))) {
      throw new LookupFfnError('INVALID_ARGUMENT', `${output} holds a model already. Give another -o.`, {
        output,
      });
    }
    return work();
  });
}
