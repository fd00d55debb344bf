// Random weights of a RoBERTa-base-sized model, in a blink: drawn from one pool of Gaussian numbers again and again.
import { Random } from '../../../packages/core/dist/index.js';
import { defineConfig, parameterSpecs } from '../../../packages/roberta/dist/index.js';

const poolSize = 1 << 16;
const random = new Random(1);
const pool = Float32Array.from({ length: poolSize }, () => random.normal());

function fill(length, std, seed) {
  const scaled = pool.map((value) => value * std);
  const data = new Float32Array(length);
  // A prime step, so that rows of a matrix do not repeat each other.
  let from = (seed * 12_289) % poolSize;
  for (let at = 0; at < length; from = (from + 12_289) % poolSize) {
    const part = scaled.subarray(from, Math.min(poolSize, from + length - at));
    data.set(part, at);
    at += part.length;
  }
  return data;
}

/** `{ config, weights }` of 12 layers, 768 wide, 50,265 words; `ffn` as in a config. Biases and norms are not trivial. */
export function makeModel({ ffn = { kind: 'dense' }, layers = 12 } = {}) {
  const config = defineConfig({ numHiddenLayers: layers, maskTokenId: 50264, ffn });
  const weights = new Map(
    parameterSpecs(config).map(({ name, shape, kind, initial }, i) => {
      const length = shape.reduce((a, b) => a * b, 1);
      if (kind === 'norm')
        return [name, fill(length, 0.1, i).map((v) => v + (name.endsWith('weight') ? 1 : 0))];
      const std = 'std' in initial ? initial.std : 0.02;
      return [name, fill(length, std, i)];
    }),
  );
  return { config, weights };
}

/** The shape of the issue: 128 tables of 256 cells, BH4 with blocks of 64. */
export const lookupFfn = {
  kind: 'lookup',
  tables: 128,
  bits: 8,
  projection: 'bh4',
  block: 64,
  stages: 4,
  read: 'single',
};

/** Token ids of one sequence, the same every time. */
export function sentence(tokens, seed = 1) {
  const draw = new Random(seed);
  const ids = Array.from({ length: tokens }, () => 4 + draw.below(50_000));
  ids[0] = 0;
  ids[tokens - 1] = 2;
  ids[tokens >> 1] = 50264;
  return ids;
}
