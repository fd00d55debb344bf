import type { Floats } from './floats.js';

/** Sum of squares, in float64 and in index order. */
export function sumOfSquares(x: Floats): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * x[i];
  return sum;
}
