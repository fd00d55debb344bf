import { Random } from '@lookupffn/core';
import { buildCorpus } from '../src/data/corpus.js';
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

const documents = Array.from({ length: 24 }, (_, i) => ({ name: `farm${i}`, text: farm(i), replaced: 0 }));

export const farmTokenizer = wordTokenizer(documents.map(({ text }) => text));

/** 24 documents of 60 tokens in sequences of 12. */
export function farmCorpus(changes: { seed?: number; sequenceLength?: number } = {}): Promise<Corpus> {
  return buildCorpus({
    documents,
    tokenizer: farmTokenizer,
    sequenceLength: 12,
    validationFraction: 0.15,
    ...changes,
  });
}
