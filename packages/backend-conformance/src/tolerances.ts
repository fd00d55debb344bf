/**
 * Relative tolerances. Values in float32 use `backend.info.tolerance`, each array relative to its largest magnitude.
 */

/** A gradient passes through the forward values and one more sum, often over all rows. */
export const GRADIENT_FACTOR = 4;

/**
 * Against float32, as root mean square. A row of 12 or more normal weights with one scale a row (or finer): int8
 * steps of max/127 leave about 0.8%, int4 steps of max/7 about 10% in groups of 32; bf16 keeps 8 bits, f16 11.
 */
export const QUANTISED_TOLERANCE: Readonly<Record<string, number>> = {
  bf16: 0.004,
  f16: 0.001,
  int8: 0.015,
  int4: 0.12,
};

/** Weights and activations are both rounded to 8 bits. */
export const INT8_LINEAR_TOLERANCE = 0.02;

/**
 * z is off by about 0.3% of its size: `BF16_PROJECTION_MARGIN`, of the largest |z|, is how far from a boundary a code is
 * beyond doubt; the scores, and with them the output, are off by as much as z.
 */
export const BF16_PROJECTION_MARGIN = 0.01;
export const BF16_PROJECTION_TOLERANCE = 0.02;

/** Sums in float64, whatever their order. */
export const SUM_OF_SQUARES_TOLERANCE = 1e-11;
