import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LookupFfnError } from '@lookupffn/core';
import { readJsonFile, writeJsonFile } from '@lookupffn/core/node';
import * as v from 'valibot';
import { withCorpusText } from '../corpus/corpus-text.js';
import { trainTokenizer } from '../training/train-tokenizer.js';
import type { Io } from '../ui/io.js';
import type { Ablation, AblationRun } from './grid.js';

/** What the tokenizers and runs of a study's folder are of: `corpus.json` in it. */
const schema = v.object({
  /** Full path; null for the one that comes with the installation. */
  corpus: v.nullable(v.string()),
  /** SHA-256 over its texts. */
  sha256: v.string(),
});

function hashCorpus(io: Io, corpus: string | undefined, signal: AbortSignal): Promise<string> {
  return withCorpusText(io, corpus, signal, async (text) => {
    const hash = createHash('sha256');
    for await (const one of text.texts()) hash.update(`${Buffer.byteLength(one)}\n`).update(one);
    return hash.digest('hex');
  });
}

/**
 * Notes the corpus of a study, or refuses another one than the study was begun with: `RUN_MISMATCH`. A folder of before
 * there was a note is taken at its word; its runs say which corpus they are of.
 */
export async function checkSameCorpus(
  io: Io,
  folder: string,
  corpus: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const path = join(folder, 'corpus.json');
  const now = { corpus: corpus ?? null, sha256: await hashCorpus(io, corpus, signal) };
  if (!existsSync(path)) return writeJsonFile(path, now);
  const was = v.safeParse(schema, await readJsonFile(path));
  if (was.success && was.output.corpus === now.corpus && was.output.sha256 === now.sha256) return;
  const name = (of: string | null) => of ?? 'the default corpus';
  const what = !was.success
    ? `${path} is damaged, so that nothing says which corpus its tokenizers and runs are of`
    : was.output.corpus === now.corpus
      ? `the texts of ${name(now.corpus)} are others than when its tokenizers and runs were made`
      : `its tokenizers and runs are of ${name(was.output.corpus)}, not of ${name(now.corpus)}`;
  throw new LookupFfnError('RUN_MISMATCH', `Cannot go on in ${folder}: ${what}. Give another --out.`, {
    keys: ['corpus'],
    folder,
  });
}

/** One tokenizer for all runs that train the same, so that their losses are of the same tokens. */
export async function withTokenizers(
  io: Io,
  folder: string,
  { runs, corpus }: Pick<Ablation, 'runs' | 'corpus'>,
  signal: AbortSignal,
): Promise<AblationRun[]> {
  const paths = new Map<number, string>();
  for (const { config } of runs) {
    if (!('vocabulary' in config.tokenizer)) continue;
    const { vocabulary } = config.tokenizer;
    const path = join(folder, `tokenizer-${vocabulary}.json`);
    if (!paths.has(vocabulary) && !existsSync(path)) {
      const tokenizer = await withCorpusText(io, corpus, signal, (text) =>
        trainTokenizer(io, text.texts(), vocabulary, signal),
      );
      await writeJsonFile(path, tokenizer.toJSON());
    }
    paths.set(vocabulary, path);
  }
  return runs.map((run) => {
    const { tokenizer } = run.config;
    if (!('vocabulary' in tokenizer)) return run;
    return { ...run, config: { ...run.config, tokenizer: { path: paths.get(tokenizer.vocabulary)! } } };
  });
}
