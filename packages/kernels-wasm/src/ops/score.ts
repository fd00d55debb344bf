import { type ReadMode, readsScore, type ScoreParameters } from '@lookupffn/core';
import type { Engine } from '../memory/engine.js';

/** The kernels' numbers for the reads; see assembly/ops/read.ts. */
export const readModeNumber: Readonly<Record<ReadMode, number>> = {
  single: 0,
  'two-cell': 1,
  neighbours: 2,
  full: 3,
  'three-cell': 4,
  'four-cell': 5,
};

/** Addresses of the learned score parameters, 0 for one at its default. */
export interface ScoreAddresses {
  /** `-beta` for every coordinate, `[h * tau]`. */
  readonly rates: number;
  readonly temperature: number;
  readonly gamma: number;
}

/** Bytes that `placeScore` writes at most. */
export function scoreBytes(tables: number, bits: number): number {
  return tables * (bits + 2) * 4;
}

/** Writes the parameters that are given, from `at`; the exact softmaxes are defined without any. */
export function placeScore(
  engine: Engine,
  tables: number,
  bits: number,
  read: ReadMode,
  score: ScoreParameters,
  at: number,
): ScoreAddresses {
  if (!readsScore(read)) return { rates: 0, temperature: 0, gamma: 0 };
  const { beta, temperature, gamma } = score;
  const perTable = at + tables * bits * 4;
  if (beta) {
    const rates = engine.f32(at, tables * bits);
    for (let k = 0; k < tables; k++) rates.fill(-beta[k]!, k * bits, (k + 1) * bits);
  }
  if (temperature) engine.f32(perTable, tables).set(temperature);
  if (gamma) engine.f32(perTable + tables * 4, tables).set(gamma);
  return {
    rates: beta ? at : 0,
    temperature: temperature ? perTable : 0,
    gamma: gamma ? perTable + tables * 4 : 0,
  };
}
