import {
  type Backend,
  cellsRead,
  type LookupFfnConfig,
  type LookupFfnWeights,
  lookupFfnGeometry,
  projectionWeightLength,
  type Random,
  readsNearest,
} from '@lookupffn/core';
import { generators, normals, scoreParameters } from './inputs.js';
import { getOracle } from './oracle.js';

/** What a prepared block may have beside its config. */
export interface BlockExtras {
  readonly norm?: boolean;
  readonly skip?: boolean;
  readonly score?: readonly ('temperature' | 'beta' | 'gamma')[];
}

/** A block for cases about handles rather than shapes. */
export const plainBlock: LookupFfnConfig = {
  hidden: 96,
  out: 33,
  tables: 8,
  bits: 6,
  projection: 'bh4',
  block: 16,
  stages: 4,
  read: 'single',
};

/** Random weights at the conventions' scale, but tables large enough to be seen beside rounding. */
export function drawWeights(random: Random, config: LookupFfnConfig, extras: BlockExtras): LookupFfnWeights {
  const { hidden, out, tables } = config;
  const { codeBits, cells } = lookupFfnGeometry(config);
  const projection = generators.project!.weight!;
  return {
    norm: extras.norm
      ? { weight: normals(random, hidden, 0.2, 1), bias: normals(random, hidden, 0.1), epsilon: 1e-5 }
      : undefined,
    projectionWeight: projection(random, projectionWeightLength(config), config) as Float32Array,
    projectionBias: normals(random, codeBits, 0.1),
    tables: normals(random, tables * cells * out, 0.5),
    bias: normals(random, out, 0.1),
    skip: extras.skip ? normals(random, out * hidden, 1 / Math.sqrt(hidden)) : undefined,
    ...scoreParameters(random, tables, extras.score ?? []),
  };
}

/** z as a backend's operations make it, `[rows, h * tau]`. */
export function projectRows(
  backend: Backend,
  config: LookupFfnConfig,
  weights: LookupFfnWeights,
  rows: number,
  x: Float32Array,
): Float32Array {
  let input = x;
  if (weights.norm) {
    input = new Float32Array(x.length);
    const shape = { rows, size: config.hidden, epsilon: weights.norm.epsilon };
    backend.ops.layerNorm(shape, x, weights.norm.weight, weights.norm.bias, input);
  }
  const z = new Float32Array(rows * lookupFfnGeometry(config).codeBits);
  backend.ops.project({ rows, ...config }, input, weights.projectionWeight, weights.projectionBias, z);
  return z;
}

/**
 * Whether rounding within `margin` could change which cells the tables of one row of z touch: a coordinate next to
 * its boundary, or (where the nearest are read) two next to each other in size.
 */
export function isAmbiguous(
  z: Float32Array | Float64Array,
  row: number,
  config: LookupFfnConfig,
  margin: number,
): boolean {
  const { tables, bits, read } = config;
  if (read === 'full') return false;
  for (let table = 0; table < tables; table++) {
    const at = (row * tables + table) * bits;
    const sizes = Array.from(z.subarray(at, at + bits), Math.abs).sort((a, b) => a - b);
    if (sizes[0]! <= margin) return true;
    const ranked = readsNearest(read) ? cellsRead(read, bits) : 1;
    for (let i = 1; i < Math.min(ranked, bits); i++) if (sizes[i]! - sizes[i - 1]! <= margin) return true;
  }
  return false;
}

/** Far above what float32 backends round by, so that a wrong code is a wrong code. */
const CLEAR_MARGIN = 2e-4;

/** Rows of x whose codes are beyond doubt. */
export function drawRows(
  random: Random,
  config: LookupFfnConfig,
  weights: LookupFfnWeights,
  rows: number,
): Float32Array {
  const x = new Float32Array(rows * config.hidden);
  for (let row = 0; row < rows; row++) {
    const candidate = x.subarray(row * config.hidden, (row + 1) * config.hidden);
    // One of a few draws is clear in every configuration of the list; the bound only stops a broken oracle.
    for (let attempt = 0; attempt < 1000; attempt++) {
      candidate.set(normals(random, config.hidden));
      const z = projectRows(getOracle(), config, weights, 1, candidate);
      if (!isAmbiguous(z, 0, config, CLEAR_MARGIN)) break;
    }
  }
  return x;
}
