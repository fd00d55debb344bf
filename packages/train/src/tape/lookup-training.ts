import type { Random, ReadMode } from '@lookupffn/core';
import type { BufferPool } from './pool.js';

/** What a training step asks of look-up blocks beyond what the model's config says; evaluation never sees it. */
export interface LookupTraining {
  /** Read instead of the config's, while a run is annealed from one to the other. */
  readonly read?: ReadMode;
  readonly dropout?: TableDropout;
}

export interface TableDropout {
  /** Share of the look-ups that is left out, 0 to below 1. */
  readonly rate: number;
  /** Each block and each micro-batch takes numbers of its own from here, in the order in which they run. */
  readonly random: Random;
}

/** What a step asks whose look-ups are left out at `rate`; 0 leaves none out. */
export const withDropout = (rate: number, random: Random): LookupTraining =>
  rate > 0 ? { dropout: { rate, random } } : {};

/**
 * Dropout (Srivastava et al., JMLR 2014) with a whole look-up as the unit: for each token a table's cells are left out
 * together, and the tables that stay are scaled up by 1 / (1 - rate), so that nothing changes in the mean. Returns the
 * factors `[rows, tables]` in a buffer of the pool.
 */
export function dropoutFactors(dropout: TableDropout, size: number, pool: BufferPool): Float32Array {
  const { rate, random } = dropout;
  const factors = pool.floats(size);
  const kept = 1 / (1 - rate);
  const limit = rate * 2 ** 32;
  for (let i = 0; i < size; i++) factors[i] = random.uint32() < limit ? 0 : kept;
  return factors;
}

/** Multiplies each look-up's cell weights `[rows * tables, cells]` by its factor. */
export function scaleLookups(weights: Float32Array, factors: Float32Array, cells: number): void {
  for (let i = 0; i < weights.length; i++) weights[i]! *= factors[(i / cells) | 0]!;
}
