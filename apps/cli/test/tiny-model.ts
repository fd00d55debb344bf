import { join } from 'node:path';
import { Random } from '@lookupffn/core';
import { defineConfig, initialWeights } from '@lookupffn/roberta';
import { saveModelFolder } from '@lookupffn/roberta/node';
import { trainByteLevelBpe } from '@lookupffn/tokenizer';
import { temporaryFolder } from './cli.js';

const words = ['the people of the United States', 'a nation of laws', 'peace and commerce with the world'];

/** The folder of a real, untrained model, 64 tokens at most and 16 numbers a vector: what it says is noise. */
export async function tinyModel(): Promise<string> {
  const tokenizer = await trainByteLevelBpe(words, { vocabularySize: 300 });
  const config = defineConfig({
    vocabSize: tokenizer.vocabularySize,
    hiddenSize: 16,
    numHiddenLayers: 2,
    numAttentionHeads: 2,
    intermediateSize: 32,
    maxPositionEmbeddings: 66,
    ffn: {
      kind: 'lookup',
      tables: 4,
      bits: 4,
      projection: 'bh4',
      block: 4,
      stages: 4,
      read: 'two-cell',
      temperature: true,
      scorePower: false,
      skip: false,
    },
  });
  const folder = join(temporaryFolder(), 'tiny');
  const weights = initialWeights(config, new Random(1));
  await saveModelFolder(folder, { config, weights, tokenizerJson: tokenizer.toJSON() });
  return folder;
}
