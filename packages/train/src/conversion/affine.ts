import type { Backend } from '@lookupffn/core';
import type { RobertaConfig } from '@lookupffn/roberta';
import { solvePositiveDefinite } from '../math/cholesky.js';
import { ErrorSum, type Unexplained } from './block.js';
import { rowWeights } from './importance.js';
import type { PairReader } from './pair-file.js';

/** The best affine map from a layer's normalised input to its output, and what it needs of the input's statistics. */
export interface AffineFit {
  /** Mean and standard deviation of each column of LN(x), without LayerNorm's own weight and bias. */
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
  /** `[out, in]`, of the standardised columns. */
  readonly weight: Float32Array;
  /** `[out]`: the mean output. */
  readonly bias: Float32Array;
  /** `[out]`: variance of each output column. */
  readonly variance: Float64Array;
  /** `[out]`: variance of each column of what the next layer sees, before LayerNorm's own weight. */
  readonly seen: Float64Array;
}

/** Against columns that are nearly a sum of others; of standardised columns. */
const ridge = 1e-4;

function addTo(sum: Float64Array, part: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += part[i]!;
}

/**
 * Least squares over rows 0 to `rows` in one pass, each row by its weight (`rowWeights`): sums of products are the
 * gradient of a linear layer's weight, which the backend computes fast; they are added up in float64.
 */
export async function fitAffine(
  backend: Backend,
  reader: PairReader,
  rows: number,
  config: Pick<RobertaConfig, 'norm' | 'layerNormEps'>,
): Promise<AffineFit> {
  const d = reader.size;
  const xx = new Float64Array(d * d);
  const yx = new Float64Array(d * d);
  const sums = () => new Float64Array(d);
  const [xSum, ySum, ySquares, seenSum, seenSquares] = [sums(), sums(), sums(), sums(), sums()];
  let total = 0;
  const ones = new Float32Array(d).fill(1);
  const zeros = new Float32Array(d);
  const square = new Float32Array(d * d);
  const column = new Float32Array(d);
  for await (const pairs of reader.scan(0, rows)) {
    const { rows: count, x, y } = pairs;
    const normed = new Float32Array(x.length);
    backend.ops.layerNorm({ rows: count, size: d, epsilon: config.layerNormEps }, x, ones, zeros, normed);
    const weights = rowWeights(config, pairs);
    const shape = { rows: count, in: d, out: d };
    const gradient = (values: Float32Array, product: Float64Array, sum: Float64Array) => {
      square.fill(0);
      column.fill(0);
      const weighted = values.map((value, i) => value * weights[Math.floor(i / d)]!);
      backend.grad.linear(shape, normed, square, weighted, null, square, column);
      addTo(product, square);
      addTo(sum, column);
    };
    gradient(normed, xx, xSum);
    gradient(y, yx, ySum);
    for (let i = 0; i < y.length; i++) {
      const weight = weights[Math.floor(i / d)]!;
      const seen = x[i]! + y[i]!;
      ySquares[i % d]! += weight * y[i]! * y[i]!;
      seenSum[i % d]! += weight * seen;
      seenSquares[i % d]! += weight * seen * seen;
    }
    total += weights.reduce((sum, weight) => sum + weight, 0);
  }
  const mean = xSum.map((sum) => sum / total);
  const deviation = mean.map((m, i) => Math.sqrt(Math.max(xx[i * d + i]! / total - m * m, 1e-12)));
  const yMean = ySum.map((sum) => sum / total);
  const a = new Float64Array(d * d);
  const b = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      a[i * d + j] = (xx[i * d + j]! / total - mean[i]! * mean[j]!) / (deviation[i]! * deviation[j]!);
      b[i * d + j] = (yx[j * d + i]! / total - mean[i]! * yMean[j]!) / deviation[i]!;
    }
    a[i * d + i]! += ridge;
  }
  solvePositiveDefinite(a, b, d);
  const weight = new Float32Array(d * d);
  for (let i = 0; i < d; i++) for (let o = 0; o < d; o++) weight[o * d + i] = b[i * d + o]!;
  const variance = (squares: Float64Array, sums: Float64Array) =>
    squares.map((sum, i) => Math.max(sum / total - (sums[i]! / total) ** 2, 1e-12));
  return {
    mean,
    deviation,
    weight,
    bias: Float32Array.from(yMean),
    variance: variance(ySquares, ySum),
    seen: variance(seenSquares, seenSum),
  };
}

/** The weight and bias of a LayerNorm that standardises the columns, as the map expects its inputs. */
export function standardising({ mean, deviation }: AffineFit): { weight: Float32Array; bias: Float32Array } {
  return {
    weight: Float32Array.from(deviation, (one) => 1 / one),
    bias: Float32Array.from(mean, (one, i) => -one / deviation[i]!),
  };
}

/** What the affine map leaves unexplained of rows `from` to the end. */
export async function measureAffine(
  backend: Backend,
  reader: PairReader,
  from: number,
  fit: AffineFit,
  config: Pick<RobertaConfig, 'norm' | 'layerNormEps'>,
): Promise<Unexplained> {
  const d = reader.size;
  const errors = new ErrorSum(d);
  const { weight, bias } = standardising(fit);
  for await (const pairs of reader.scan(from, reader.rows)) {
    const { rows, x, y } = pairs;
    const normed = new Float32Array(x.length);
    const found = new Float32Array(y.length);
    backend.ops.layerNorm({ rows, size: d, epsilon: config.layerNormEps }, x, weight, bias, normed);
    backend.ops.linear({ rows, in: d, out: d }, normed, fit.weight, fit.bias, found);
    errors.add(found, y, rowWeights(config, pairs));
  }
  return errors.unexplained(fit);
}
