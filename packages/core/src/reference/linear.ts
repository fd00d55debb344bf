import type { LinearShape } from '../backend/shapes.js';
import { addInto, type Floats, type OptionalFloats } from './floats.js';

/** y = x W^T + bias. x `[rows, in]`, weight `[out, in]`, bias `[out]`, y `[rows, out]`. */
export function linear(shape: LinearShape, x: Floats, weight: Floats, bias: OptionalFloats, y: Floats): void {
  const { rows, in: inSize, out } = shape;
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < out; o++) {
      let sum = bias ? bias[o] : 0;
      for (let i = 0; i < inSize; i++) sum += x[r * inSize + i] * weight[o * inSize + i];
      y[r * out + o] = sum;
    }
  }
}

/** dx += dy W, dW += dy^T x, dbias += the column sums of dy. */
export function linearGrad(
  shape: LinearShape,
  x: Floats,
  weight: Floats,
  dy: Floats,
  dx: OptionalFloats,
  dweight: OptionalFloats,
  dbias: OptionalFloats,
): void {
  const { rows, in: inSize, out } = shape;
  const sums = new Float64Array(inSize);
  if (dx) {
    for (let r = 0; r < rows; r++) {
      sums.fill(0);
      for (let o = 0; o < out; o++) {
        const g = dy[r * out + o];
        for (let i = 0; i < inSize; i++) sums[i] += g * weight[o * inSize + i];
      }
      addInto(dx, r * inSize, sums);
    }
  }
  for (let o = 0; o < out; o++) {
    sums.fill(0);
    let biasSum = 0;
    for (let r = 0; r < rows; r++) {
      const g = dy[r * out + o];
      biasSum += g;
      if (dweight) for (let i = 0; i < inSize; i++) sums[i] += g * x[r * inSize + i];
    }
    if (dweight) addInto(dweight, o * inSize, sums);
    if (dbias) dbias[o] += biasSum;
  }
}
