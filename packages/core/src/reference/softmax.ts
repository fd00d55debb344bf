import type { RowsShape } from '../backend/shapes.js';
import type { Floats } from './floats.js';

/** Softmax of `size` numbers in place; shifted by the largest so that exp never overflows. A NaN makes all NaN. */
export function softmaxInPlace(v: Float64Array, size: number): void {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < size; i++) if (v[i] > max) max = v[i];
  let sum = 0;
  for (let i = 0; i < size; i++) {
    v[i] = Math.exp(v[i] - max);
    sum += v[i];
  }
  for (let i = 0; i < size; i++) v[i] /= sum;
}

/** Softmax of each row. x, y `[rows, size]`. */
export function softmax({ rows, size }: RowsShape, x: Floats, y: Floats): void {
  const row = new Float64Array(size);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < size; i++) row[i] = x[r * size + i];
    softmaxInPlace(row, size);
    for (let i = 0; i < size; i++) y[r * size + i] = row[i];
  }
}

/** dx += y (dy - y . dy), per row, from the output y. */
export function softmaxGrad({ rows, size }: RowsShape, y: Floats, dy: Floats, dx: Floats): void {
  for (let r = 0; r < rows; r++) {
    const at = r * size;
    let dot = 0;
    for (let i = 0; i < size; i++) dot += y[at + i] * dy[at + i];
    for (let i = 0; i < size; i++) dx[at + i] += y[at + i] * (dy[at + i] - dot);
  }
}
