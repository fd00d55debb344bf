import { setImmediate } from 'node:timers/promises';
import { LookupFfnError, throwIfAborted } from '@lookupffn/core';
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
  /** Looked at before each class. Rejects with `ABORTED`. */
  readonly signal?: AbortSignal;
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

/** Rows whose products go into a sum at once: it is then read and written a quarter as often, which is what takes the time. */
const blockRows = 4;

/** Adds to the lower half of `sum`, `[n, n]`, each row's products with itself, times its weight. */
function addProducts(x: Float64Array, n: number, weights: Float64Array, sum: Float64Array): void {
  const last = x.length / n - 1;
  for (let row = 0; row < weights.length; row += blockRows) {
    const place = (k: number) => Math.min(row + k, last) * n;
    const [a, b, c, d] = [place(0), place(1), place(2), place(3)];
    for (let i = 0; i < n; i++) {
      const wa = weights[row]! * x[a + i]!;
      const wb = weights[row + 1]! * x[b + i]!;
      const wc = weights[row + 2]! * x[c + i]!;
      const wd = weights[row + 3]! * x[d + i]!;
      for (let j = 0, at = i * n; j <= i; j++, at++) {
        sum[at] = sum[at]! + wa * x[a + j]! + wb * x[b + j]! + wc * x[c + j]! + wd * x[d + j]!;
      }
    }
  }
}

/** Weights `[n]` of a logistic regression that tells the rows of one class from all others. `x`: `[rows, n]`. */
function fit(
  x: Float64Array,
  n: number,
  isPositive: readonly boolean[],
  { penalty = 1e-2, iterations = 8 }: ProbeOptions,
): Float64Array {
  const rows = isPositive.length;
  const weights = new Float64Array(n);
  // Padded with rows that weigh nothing, to whole blocks.
  const curvature = new Float64Array(Math.ceil(rows / blockRows) * blockRows);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const hessian = new Float64Array(n * n);
    const gradient = weights.map((weight, c) => (c < n - 1 ? penalty * weight : 0));
    for (let c = 0; c < n; c++) hessian[c * n + c] = c < n - 1 ? penalty : 1e-9;
    for (let row = 0; row < rows; row++) {
      const p = 1 / (1 + Math.exp(-dot(x, row * n, weights)));
      const error = (p - Number(isPositive[row])) / rows;
      for (let i = 0; i < n; i++) gradient[i]! += error * x[row * n + i]!;
      curvature[row] = (p * (1 - p)) / rows;
    }
    addProducts(x, n, curvature, hessian);
    solvePositiveDefinite(hessian, gradient, n);
    for (let c = 0; c < n; c++) weights[c]! -= gradient[c]!;
    if (gradient.every((step) => Math.abs(step) < 1e-6)) break;
  }
  return weights;
}

/**
 * Logistic regression on frozen features by Newton's method, which has one answer: two models are compared by their
 * features and by nothing else. More than two classes are told apart by one regression each against all others.
 * Resolves with the class predicted for each row of `test`. Rejects with `INVALID_ARGUMENT` for labels of one class.
 */
export async function linearProbe(
  train: FeatureMatrix,
  labels: readonly number[],
  test: FeatureMatrix,
  options: ProbeOptions = {},
): Promise<Int32Array> {
  const classes = [...new Set(labels)].sort((a, b) => a - b);
  if (classes.length < 2) {
    throw new LookupFfnError('INVALID_ARGUMENT', 'A linear probe needs examples of at least two classes.');
  }
  const standardise = standardiser(train);
  const x = standardise(train.data);
  const n = train.size + 1;
  const unseen = standardise(test.data);
  const predictions = new Int32Array(unseen.length / n).fill(classes[0]!);
  // Of two classes one regression says both: where it is below 0, the first.
  const pair = classes.length === 2;
  const best = new Float64Array(predictions.length).fill(pair ? 0 : Number.NEGATIVE_INFINITY);
  for (const label of pair ? classes.slice(1) : classes) {
    throwIfAborted(options.signal, 'The probe');
    const isPositive = labels.map((other) => other === label);
    const weights = fit(x, n, isPositive, options);
    for (let row = 0; row < predictions.length; row++) {
      const score = dot(unseen, row * n, weights);
      if (score > best[row]!) {
        best[row] = score;
        predictions[row] = label;
      }
    }
    await setImmediate();
  }
  return predictions;
}
