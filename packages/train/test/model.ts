import { type Backend, createReferenceBackend, Random, referenceGrad, referenceOps } from '@lookupffn/core';
import {
  defineConfig,
  initialWeights,
  packSequences,
  type RobertaConfig,
  type RobertaConfigInput,
} from '@lookupffn/roberta';
import type { MaskedBatch } from '../src/data/batches.js';
import { Parameters } from '../src/tape/parameters.js';
import { BufferPool, type MakeFloats } from '../src/tape/pool.js';
import { Tape } from '../src/tape/tape.js';

// The reference computes in float64 whatever it is given, so that differences see formulas and not rounding.
export const makeFloat64: MakeFloats = (length) => new Float64Array(length) as unknown as Float32Array;

export const backend: Backend = createReferenceBackend();

export function tinyConfig(input: RobertaConfigInput = {}): RobertaConfig {
  return defineConfig({
    vocabSize: 13,
    hiddenSize: 8,
    numHiddenLayers: 2,
    numAttentionHeads: 2,
    intermediateSize: 12,
    maxPositionEmbeddings: 10,
    typeVocabSize: 2,
    ...input,
  });
}

/** A model whose gradients are all of a size that differences can see: no bias is 0, no table nearly so. */
export function roughParameters(config: RobertaConfig, makeFloats?: MakeFloats): Parameters {
  const parameters = new Parameters(config, undefined, makeFloats);
  const random = new Random(7);
  for (const [name, values] of initialWeights(config, random)) {
    const { data, kind } = parameters.get(name);
    const noise = random.fork(`rough ${name}`);
    const scale = kind === 'read' ? 0.1 : kind === 'projection' ? 0 : 0.3;
    for (let i = 0; i < data.length; i++) data[i] = values[i]! + scale * noise.normal();
  }
  return parameters;
}

/** Two sequences of unequal length, with one word twice and three places to predict. */
export function tinyBatch(config: RobertaConfig): MaskedBatch {
  const packed = packSequences(
    [
      [0, 5, 6, 5, 2],
      [0, 9, 4, 2],
    ],
    config,
  );
  return { ...packed, sequences: 2, rows: Int32Array.of(1, 3, 6), targets: Int32Array.of(5, 7, 12) };
}

/** A tape in float64 over the unchecked reference. */
export function float64Tape(config: RobertaConfig, parameters: Parameters): Tape {
  return new Tape({
    backend: { ops: referenceOps, grad: referenceGrad },
    config,
    parameters,
    pool: new BufferPool(makeFloat64),
  });
}
