import { LookupFfnError } from '@lookupffn/core';
import { solvePositiveDefinite } from '../math/cholesky.js';

/** Rows of features, `[rows, size]`. */
export interface FeatureMatrix {
  readonly data: Float32Array;
  readonly size: number;
}

export interface ProbeOptions {
  /** Weight of the squared weights against the mean loss, on standardised features. */
  readonly penalty?: number;
  readonly iterations?: number;
}

/** Mean 0 and variance 1 in each column, measured on the training rows. */
function standardiser({ data, size }: FeatureMatrix): (x: Float32Array) => Float64Array {
  const rows = data.length / size;
  const mean = new Float64Array(size);
  const scale = new Float64Array(size);
  for (let i = 0; i < data.length; i++) mean[i % size]! += data[i]! / rows;
  for (let i = 0; i < data.length; i++) scale[i % size]! += (data[i]! - mean[i % size]!) ** 2 / rows;
  for (let c = 0; c < size; c++) scale[c] = scale[c]! > 0 ? 1 / Math.sqrt(scale[c]!) : 0;
  // A last column of ones for the intercept.
  return (x) => {
    const result = new Float64Array((x.length / size) * (size + 1)).fill(1);
    for (let i = 0; i < x.length; i++) {
      const c = i % size;
      result[Math.floor(i / size) * (size + 1) + c] = (x[i]! - mean[c]!) * scale[c]!;
    }
    return result;
  };
}

function dot(a: Float64Array, at: number, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < b.length; i++) sum += a[at + i]! * b[i]!;
  return sum;
}

/**
 * Logistic regression of two classes on frozen features by Newton's method, which has one answer: two models are
 * compared by their features and by nothing else. Returns the classes (0 or 1) predicted for `test`.
 */
export function linearProbe(
  train: FeatureMatrix,
  labels: ArrayLike<number>,
  test: FeatureMatrix,
  { penalty = 1e-2, iterations = 8 }: ProbeOptions = {},
): Int32Array {
  if (Array.from(labels).some((label) => label !== 0 && label !== 1)) {
    throw new LookupFfnError('INVALID_ARGUMENT', 'A linear probe tells two classes apart, labelled 0 and 1.');
  }
  const standardise = standardiser(train);
  const x = standardise(train.data);
  const n = train.size + 1;
  const rows = labels.length;
  const weights = new Float64Array(n);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const hessian = new Float64Array(n * n);
    const gradient = weights.map((weight, c) => (c < n - 1 ? penalty * weight : 0));
    for (let c = 0; c < n; c++) hessian[c * n + c] = c < n - 1 ? penalty : 1e-9;
    for (let row = 0; row < rows; row++) {
      const at = row * n;
      const p = 1 / (1 + Math.exp(-dot(x, at, weights)));
      const error = (p - labels[row]!) / rows;
      const curvature = (p * (1 - p)) / rows;
      for (let i = 0; i < n; i++) {
        const xi = x[at + i]!;
        gradient[i]! += error * xi;
        const scaled = curvature * xi;
        for (let j = 0; j <= i; j++) hessian[i * n + j]! += scaled * x[at + j]!;
      }
    }
    solvePositiveDefinite(hessian, gradient, n);
    for (let c = 0; c < n; c++) weights[c]! -= gradient[c]!;
    if (gradient.every((step) => Math.abs(step) < 1e-6)) break;
  }
  const unseen = standardise(test.data);
  return Int32Array.from({ length: unseen.length / n }, (_, row) =>
    dot(unseen, row * n, weights) > 0 ? 1 : 0,
  );
}
