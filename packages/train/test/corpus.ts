import { Random } from '@lookupffn/core';
import { type BuildCorpusOptions, buildCorpus } from '../src/data/corpus.js';
import type { Corpus } from '../src/data/sequences.js';
import { wordTokenizer } from './tokenizer.js';

const animals = ['cat', 'dog', 'cow', 'hen'];
const sounds = ['meows', 'barks', 'moos', 'clucks'];

/** Sentences in which each animal has its sound: something that a tiny model can learn. */
function farm(seed: number): string {
  const random = new Random(seed);
  return Array.from({ length: 12 }, () => {
    const which = random.below(animals.length);
    return `the ${animals[which]} ${sounds[which]} loudly .`;
  }).join(' ');
}

export const farmDocuments = Array.from({ length: 24 }, (_, i) => ({
  name: `farm${i}`,
  text: farm(i),
  replaced: 0,
}));

export const farmTokenizer = wordTokenizer(farmDocuments.map(({ text }) => text));

/** 24 documents of 60 tokens in sequences of 12. */
export function farmCorpus(changes: Partial<BuildCorpusOptions> = {}): Promise<Corpus> {
  return buildCorpus({
    documents: farmDocuments,
    tokenizer: farmTokenizer,
    sequenceLength: 12,
    validationFraction: 0.15,
    ...changes,
  });
}
