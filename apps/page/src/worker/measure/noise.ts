import { Random } from '@lookupffn/core';

const pool = new Float32Array(1 << 16);

/** Gaussian numbers of the given scale, laid down from one pool again and again: time does not depend on repeats. */
export function noise(length: number, std: number): Float32Array {
  if (pool[0] === 0) {
    const random = new Random(1);
    for (let i = 0; i < pool.length; i++) pool[i] = random.normal();
  }
  const out = new Float32Array(length);
  // An odd step through the pool, so that rows of a power of two do not repeat one another.
  for (let i = 0; i < length; i++) out[i] = std * pool[(i * 12_289) & (pool.length - 1)]!;
  return out;
}
