import type { RowsShape } from '../backend/shapes.js';
import type { Floats } from './floats.js';

/**
 * `v <- H v` in place for `size` numbers from `at`, natural (Sylvester) order, not normalised: the butterflies of
 * `H_2m = [[H, H], [H, -H]]`, size * log2(size) additions (Fino and Algazi, 1976).
 */
export function hadamardInPlace(v: Float64Array, at: number, size: number): void {
  for (let half = 1; half < size; half *= 2) {
    for (let start = at; start < at + size; start += 2 * half) {
      for (let i = start; i < start + half; i++) {
        const a = v[i];
        const b = v[i + half];
        v[i] = a + b;
        v[i + half] = a - b;
      }
    }
  }
}

/** y = H x. x, y `[rows, size]`. */
export function hadamard({ rows, size }: RowsShape, x: Floats, y: Floats): void {
  const row = new Float64Array(size);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < size; i++) row[i] = x[r * size + i];
    hadamardInPlace(row, 0, size);
    for (let i = 0; i < size; i++) y[r * size + i] = row[i];
  }
}

/** dx += H^T dy, and H is symmetric. */
export function hadamardGrad({ rows, size }: RowsShape, dy: Floats, dx: Floats): void {
  const row = new Float64Array(size);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < size; i++) row[i] = dy[r * size + i];
    hadamardInPlace(row, 0, size);
    for (let i = 0; i < size; i++) dx[r * size + i] += row[i];
  }
}
