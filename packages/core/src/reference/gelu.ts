import type { FlatShape } from '../backend/shapes.js';
import { erfc } from './erf.js';
import type { Floats } from './floats.js';

/** The normal distribution function; erfc(-x) keeps the left tail that 1 + erf(x) rounds away. */
function phi(x: number): number {
  return erfc(-x / Math.SQRT2) / 2;
}

/** y = x Phi(x), exact GELU (Hendrycks and Gimpel, arXiv 1606.08415). */
export function gelu({ size }: FlatShape, x: Floats, y: Floats): void {
  for (let i = 0; i < size; i++) y[i] = x[i] * phi(x[i]);
}

/** dx += dy (Phi(x) + x exp(-x^2/2) / sqrt(2 pi)). */
export function geluGrad({ size }: FlatShape, x: Floats, dy: Floats, dx: Floats): void {
  const norm = 1 / Math.sqrt(2 * Math.PI);
  for (let i = 0; i < size; i++) {
    dx[i] += dy[i] * (phi(x[i]) + x[i] * norm * Math.exp((-x[i] * x[i]) / 2));
  }
}
