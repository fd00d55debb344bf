import type { ForwardOps } from '@lookupffn/core';
import { chunkRows } from '../memory/chunks.js';
import type { Engine } from '../memory/engine.js';

/** Copies x into the module in chunks of rows, runs `kernel` on each in place, and copies the result to y. */
function inPlace(
  engine: Engine,
  rows: number,
  size: number,
  x: Float32Array,
  y: Float32Array,
  kernel: (rows: number, at: number) => void,
): void {
  const chunk = chunkRows(rows, size * 4);
  const [at] = engine.scratch(chunk * size * 4);
  for (let first = 0; first < rows; first += chunk) {
    const count = Math.min(chunk, rows - first);
    const data = engine.f32(at!, count * size);
    data.set(x.subarray(first * size, (first + count) * size));
    kernel(count, at!);
    y.set(data, first * size);
  }
}

/** The operations whose rows are worked on in place. */
export function rowwiseOps(engine: Engine): Pick<ForwardOps, 'hadamard' | 'layerNorm' | 'gelu' | 'softmax'> {
  const { kernels } = engine;
  return {
    hadamard({ rows, size }, x, y) {
      inPlace(engine, rows, size, x, y, (count, at) => kernels.hadamard(count, size, at));
    },

    layerNorm({ rows, size, epsilon }, x, weight, bias, y) {
      const bytes = size * 4;
      const chunk = chunkRows(rows, bytes);
      const [at, weightAt, biasAt] = engine.scratch(chunk * bytes, bytes, bytes) as [number, number, number];
      engine.f32(weightAt, size).set(weight);
      engine.f32(biasAt, size).set(bias);
      for (let first = 0; first < rows; first += chunk) {
        const count = Math.min(chunk, rows - first);
        const data = engine.f32(at, count * size);
        data.set(x.subarray(first * size, (first + count) * size));
        kernels.layerNorm(count, size, epsilon, at, bytes, weightAt, biasAt, at, bytes);
        y.set(data, first * size);
      }
    },

    gelu({ size }, x, y) {
      inPlace(engine, size, 1, x, y, (count, at) => kernels.gelu(count, at, at));
    },

    softmax({ rows, size }, x, y) {
      inPlace(engine, rows, size, x, y, (count, at) => kernels.softmax(count, size, 1, at, size * 4));
    },
  };
}
