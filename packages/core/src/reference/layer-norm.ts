import type { LayerNormShape } from '../backend/shapes.js';
import { addInto, type Floats, type OptionalFloats } from './floats.js';

/** Mean and `1 / sqrt(variance + epsilon)` of one row; two passes, biased variance. */
function statistics(x: Floats, at: number, size: number, epsilon: number): { mean: number; scale: number } {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += x[at + i];
  const mean = sum / size;
  let squares = 0;
  for (let i = 0; i < size; i++) squares += (x[at + i] - mean) ** 2;
  return { mean, scale: 1 / Math.sqrt(squares / size + epsilon) };
}

/** y = xhat * weight + bias, xhat = (x - mean) * scale (Ba et al., arXiv 1607.06450). x, y `[rows, size]`. */
export function layerNorm(shape: LayerNormShape, x: Floats, weight: Floats, bias: Floats, y: Floats): void {
  const { rows, size, epsilon } = shape;
  for (let r = 0; r < rows; r++) {
    const at = r * size;
    const { mean, scale } = statistics(x, at, size, epsilon);
    for (let i = 0; i < size; i++) y[at + i] = (x[at + i] - mean) * scale * weight[i] + bias[i];
  }
}

/** With g = dy * weight: `dx += scale * (g - mean(g) - xhat * mean(g * xhat))`; dweight += dy * xhat; dbias += dy. */
export function layerNormGrad(
  shape: LayerNormShape,
  x: Floats,
  weight: Floats,
  dy: Floats,
  dx: OptionalFloats,
  dweight: OptionalFloats,
  dbias: OptionalFloats,
): void {
  const { rows, size, epsilon } = shape;
  const weightSums = new Float64Array(size);
  const biasSums = new Float64Array(size);
  for (let r = 0; r < rows; r++) {
    const at = r * size;
    const { mean, scale } = statistics(x, at, size, epsilon);
    let gradSum = 0;
    let alongSum = 0;
    for (let i = 0; i < size; i++) {
      const normed = (x[at + i] - mean) * scale;
      const g = dy[at + i] * weight[i];
      gradSum += g;
      alongSum += g * normed;
      weightSums[i] += dy[at + i] * normed;
      biasSums[i] += dy[at + i];
    }
    if (!dx) continue;
    for (let i = 0; i < size; i++) {
      const normed = (x[at + i] - mean) * scale;
      dx[at + i] += scale * (dy[at + i] * weight[i] - gradSum / size - (normed * alongSum) / size);
    }
  }
  if (dweight) addInto(dweight, 0, weightSums);
  if (dbias) addInto(dbias, 0, biasSums);
}
