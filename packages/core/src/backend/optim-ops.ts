import type { AdamWShape, CellVariationShape } from './shapes.js';

/** What an optimiser step needs beside gradients. */
export interface OptimOps {
  /**
   * One AdamW step (Loshchilov and Hutter, arXiv 1711.05101) in place: with g = gradientScale * gradient,
   * `m = beta1 m + (1-beta1) g`, `v = beta2 v + (1-beta2) g^2`,
   * `p -= lr * (mHat / (sqrt(vHat) + epsilon) + weightDecay * p)`. All arrays `[size]`.
   */
  adamw(
    shape: AdamWShape,
    parameter: Float32Array,
    gradient: Float32Array,
    m: Float32Array,
    v: Float32Array,
  ): void;

  /** Sum of squares in float64, the same for the same input and thread count (gradient clipping). */
  sumOfSquares(x: Float32Array): number;

  /**
   * The `cell-tv` regulariser (conventions 6): the mean over tables, cells, the bits asked for and output columns of
   * `(T[i] - T[i ^ bit])^2`. Adds `scale` times its gradient to dtables when given; returns the mean.
   */
  cellVariation(shape: CellVariationShape, tables: Float32Array, dtables: Float32Array | null): number;
}
