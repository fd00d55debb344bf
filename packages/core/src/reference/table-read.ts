import type { Floats } from './floats.js';
import type { TableGrad, TableScore } from './score.js';

/** One way to read a table, for one row: z from `zAt` `[tau]`, its cells and weights from `at` `[c]`. */
export interface TableRead {
  forward(
    z: Floats,
    zAt: number,
    bits: number,
    score: TableScore,
    cells: Int32Array,
    weights: Floats,
    at: number,
  ): void;
  /** Adds into `grad`. */
  backward(
    z: Floats,
    zAt: number,
    bits: number,
    score: TableScore,
    dweights: Floats,
    at: number,
    grad: TableGrad,
  ): void;
}
