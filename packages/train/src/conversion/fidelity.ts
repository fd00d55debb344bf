import { type Backend, throwIfAborted } from '@lookupffn/core';
import {
  DirectEvaluator,
  encode,
  meanPoolSequences,
  packSequences,
  type RobertaModel,
} from '@lookupffn/roberta';
import { batches } from './capture.js';

/** Mean vectors of sequences, `[sequences, hidden]`. */
export function meanVectors(
  backend: Backend,
  model: RobertaModel,
  sequences: readonly number[][],
  signal?: AbortSignal,
): Float32Array {
  const { hiddenSize: size } = model.config;
  const result = new Float32Array(sequences.length * size);
  const evaluator = new DirectEvaluator(backend, model);
  try {
    let at = 0;
    for (const batch of batches(sequences, 2048)) {
      throwIfAborted(signal, 'Comparing');
      const packed = packSequences(batch, model.config);
      const { data } = encode(evaluator, model.config, packed);
      result.set(meanPoolSequences(data, packed.offsets, size), at * size);
      at += batch.length;
      evaluator.releaseAll();
    }
  } finally {
    evaluator.dispose();
  }
  return result;
}

/** Mean cosine between as many vectors of two models: what a conversion has kept of each text's embedding. */
export function meanCosine(a: Float32Array, b: Float32Array, size: number): number {
  const rows = a.length / size;
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    let [ab, aa, bb] = [0, 0, 0];
    for (let i = row * size; i < (row + 1) * size; i++) {
      ab += a[i]! * b[i]!;
      aa += a[i]! * a[i]!;
      bb += b[i]! * b[i]!;
    }
    sum += ab / Math.sqrt(aa * bb);
  }
  return sum / rows;
}
