import type { Backend } from '@lookupffn/core';
import { noise } from './noise.js';
import { interleave } from './time.js';

/** What one thread of this browser reaches at most, with the very kernels that the models run on. */
export interface Peaks {
  /** Of a large matrix product. */
  readonly gigaflops: number;
  /** Of weights too large for a cache, read once each. */
  readonly memoryGigabytes: number;
  /** Of weights that stay in a cache. */
  readonly cacheGigabytes: number;
}

const square = 256;
const rows = 128;
/** 64 MB, more than a core's share of the last cache of most machines. */
const large = { in: 4096, out: 4096 };
/** 64 KB, which stays near the core. */
const small = { in: 128, out: 128 };

/** Three linear layers: a product bound by arithmetic, and two vectors against a matrix, bound by reading. */
export function* measurePeaks(backend: Backend, rounds: number): Generator<void, Peaks> {
  const layer = (shape: { in: number; out: number }, batch: number) => {
    const handle = backend.prepare.linear(shape, noise(shape.in * shape.out, 0.02), null);
    const x = noise(batch * shape.in, 1);
    const y = new Float32Array(batch * shape.out);
    return { handle, pass: () => handle.forward(batch, x, y) };
  };
  const layers = [layer({ in: square, out: square }, rows), layer(large, 1), layer(small, 1)];
  try {
    const timings = yield* interleave(
      layers.map(({ pass }) => pass),
      rounds,
    );
    // A peak is what was reached once; whatever else ran meanwhile only takes from it.
    const [product, far, near] = timings.map(({ best }) => best) as [number, number, number];
    const gigabytes = (shape: { in: number; out: number }, ms: number) =>
      (4 * shape.in * shape.out) / ms / 1e6;
    return {
      gigaflops: (2 * square * square * rows) / product / 1e6,
      memoryGigabytes: gigabytes(large, far),
      cacheGigabytes: gigabytes(small, near),
    };
  } finally {
    for (const { handle } of layers) handle.dispose();
  }
}
