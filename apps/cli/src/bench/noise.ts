import { Random } from '@lookupffn/core';

/** Draws in the pool; a prime distance between starts keeps rows of a table from repeating each other. */
const poolSize = 1 << 16;
const stride = 12_289;

let pool: Float32Array | undefined;

function gaussianPool(): Float32Array {
  if (pool) return pool;
  const random = new Random(1);
  pool = Float32Array.from({ length: poolSize }, () => random.normal());
  return pool;
}

/**
 * Gaussian numbers of the given scale, laid down from one pool again and again: tables of a gigabyte are filled in a
 * blink, and the time of a kernel does not depend on whether its weights repeat.
 */
export function noise(length: number, std: number, seed: number): Float32Array {
  const draws = gaussianPool().map((value) => value * std);
  const out = new Float32Array(length);
  let start = (seed * stride) % poolSize;
  for (let at = 0; at < length; ) {
    const part = draws.subarray(start, Math.min(poolSize, start + length - at));
    out.set(part, at);
    at += part.length;
    start = (start + stride) % poolSize;
  }
  return out;
}
