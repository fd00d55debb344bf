// The corpus of a run of `lookupffn train` or `ablate`, tokenised and split as it was there.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer } from '@lookupffn/tokenizer';
import { buildCorpus, readDocuments } from '@lookupffn/train';

/** Rejects for a folder that is no run's, or whose text is the one that comes with lookupffn. */
export async function runCorpus(folder) {
  const { corpus, config } = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8'));
  if (corpus === null)
    throw new Error(`${folder} was trained on no text of its own: give one with --corpus.`);
  const { sequenceLength, seed } = config.training;
  const tokenizer = Tokenizer.parse(await readFile(join(folder, 'tokenizer.json')));
  return buildCorpus({
    documents: readDocuments(corpus),
    validationFraction: config.validationFraction,
    ...{ tokenizer, sequenceLength, seed },
  });
}
