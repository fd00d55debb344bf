import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { LookupFfnError } from '@lookupffn/core';

/** A full path without links, also of what is not there yet. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(realPath(above), basename(path));
  }
}

/**
 * Throws `INVALID_ARGUMENT` where an output folder lies in the folder of texts that the work reads: its own files would
 * be texts the next time, and the corpus another. `flag` is what the output was given by.
 */
export function requireOutside(out: string, corpus: string | null | undefined, flag = '--out'): void {
  if (corpus == null || !statSync(corpus, { throwIfNoEntry: false })?.isDirectory()) return;
  const inside = relative(realPath(resolve(corpus)), realPath(resolve(out)));
  // Of another drive, above or beside (`..`), or in a hidden folder, which is not read.
  if (isAbsolute(inside) || inside.split(sep).some((part) => part.startsWith('.'))) return;
  throw new LookupFfnError(
    'INVALID_ARGUMENT',
    `${out} is in ${corpus}, the folder of texts: what is written there would be read as text. Give another ${flag}.`,
    { out, corpus },
  );
}
