// The `mini` model of `lookupffn train` on random words, for the bench and the profile.
import { Random } from '../../../packages/core/dist/index.js';
import { defineConfig } from '../../../packages/roberta/dist/index.js';
import { Trainer } from '../../../packages/train/dist/index.js';

/** Sizes as the PyTorch script reads them. */
export const mini = (batch = 32) => ({
  hidden: 256,
  layers: 4,
  heads: 4,
  inner: 1024,
  vocabulary: 8192,
  length: 128,
  batch,
  tables: 64,
  bits: 8,
  block: 16,
  stages: 4,
});

/** Random words: what is learned does not matter to the speed. */
function corpus({ vocabulary: size, length: sequenceLength }) {
  const sequences = {
    count: 4096,
    sequenceLength,
    vocabulary: { size, maskTokenId: 4, specialTokenIds: [0, 1, 2, 3, 4] },
    read(index, into, at) {
      const random = new Random(index);
      for (let i = 0; i < sequenceLength; i++) into[at + i] = 5 + random.below(size - 5);
    },
    source: String,
  };
  return {
    train: sequences,
    validation: sequences,
    documents: { train: [], validation: [] },
    tokens: 0,
    hash: '',
    tokenizerHash: '',
  };
}

/** A trainer that writes nothing. */
export function makeTrainer(backend, ffn, shape, cellVariation = 0) {
  return Trainer.create({
    config: defineConfig({
      norm: 'pre',
      vocabSize: shape.vocabulary,
      hiddenSize: shape.hidden,
      numHiddenLayers: shape.layers,
      numAttentionHeads: shape.heads,
      intermediateSize: shape.inner,
      maxPositionEmbeddings: shape.length + 2,
      maskTokenId: 4,
      ffn:
        ffn === 'dense'
          ? { kind: 'dense' }
          : {
              kind: 'lookup',
              tables: shape.tables,
              bits: shape.bits,
              projection: 'bh4',
              block: shape.block,
              stages: shape.stages,
              read: 'two-cell',
              temperature: true,
            },
    }),
    backend,
    corpus: corpus(shape),
    options: {
      steps: 1_000_000,
      batchSize: shape.batch,
      sequenceLength: shape.length,
      cellVariation,
    },
  });
}
