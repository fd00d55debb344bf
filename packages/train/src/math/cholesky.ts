import { LookupFfnError } from '@lookupffn/core';

/**
 * Solves `A X = B` for a symmetric positive definite A `[n, n]` by Cholesky's factorisation, in place: A's lower half
 * becomes the factor, B `[n, columns]` the solution. Throws `NOT_FINITE` where A is not positive definite.
 */
export function solvePositiveDefinite(a: Float64Array, b: Float64Array, n: number): void {
  const columns = b.length / n;
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= a[i * n + k]! * a[j * n + k]!;
      if (i > j) a[i * n + j] = sum / a[j * n + j]!;
      else if (sum > 0) a[j * n + j] = Math.sqrt(sum);
      else
        throw new LookupFfnError(
          'NOT_FINITE',
          'A least-squares problem is singular: its data are degenerate.',
        );
    }
  }
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) addRow(b, columns, i, k, -a[i * n + k]!);
    scaleRow(b, columns, i, 1 / a[i * n + i]!);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) addRow(b, columns, i, k, -a[k * n + i]!);
    scaleRow(b, columns, i, 1 / a[i * n + i]!);
  }
}

function addRow(b: Float64Array, columns: number, to: number, from: number, factor: number): void {
  for (let c = 0; c < columns; c++) b[to * columns + c]! += factor * b[from * columns + c]!;
}

function scaleRow(b: Float64Array, columns: number, row: number, factor: number): void {
  for (let c = 0; c < columns; c++) b[row * columns + c]! *= factor;
}
