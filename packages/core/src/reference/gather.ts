import type { GatherShape } from '../backend/shapes.js';
import type { Floats, OptionalFloats } from './floats.js';
import { RowSums } from './row-sums.js';

/** y = bias + sum_k,c weight T_k[cell]. cells, weights `[rows, h, c]`, tables `[h, 2^tau, o]`, y `[rows, o]`. */
export function gather(
  shape: GatherShape,
  cells: Int32Array,
  weights: Floats,
  tables: Floats,
  bias: OptionalFloats,
  y: Floats,
): void {
  const { rows, out, cells: count } = shape;
  const table = 2 ** shape.bits * out;
  const sums = new Float64Array(out);
  for (let r = 0; r < rows; r++) {
    if (bias) sums.set(bias);
    else sums.fill(0);
    for (let k = 0; k < shape.tables; k++) {
      for (let c = 0; c < count; c++) {
        const at = (r * shape.tables + k) * count + c;
        const weight = weights[at];
        const from = k * table + cells[at] * out;
        for (let o = 0; o < out; o++) sums[o] += weight * tables[from + o];
      }
    }
    for (let o = 0; o < out; o++) y[r * out + o] = sums[o];
  }
}

/** dweight = dy . T_k[cell]; dT_k[cell] += weight dy; dbias += the column sums of dy. dy `[rows, o]`. */
export function gatherGrad(
  shape: GatherShape,
  cells: Int32Array,
  weights: Floats,
  tables: Floats,
  dy: Floats,
  dweights: OptionalFloats,
  dtables: OptionalFloats,
  dbias: OptionalFloats,
): void {
  const { rows, out, cells: count } = shape;
  const table = 2 ** shape.bits * out;
  for (let k = 0; k < shape.tables; k++) {
    const touched = new RowSums(out);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < count; c++) {
        const at = (r * shape.tables + k) * count + c;
        if (dtables) touched.add(cells[at], weights[at], dy, r * out);
        if (!dweights) continue;
        const from = k * table + cells[at] * out;
        let dot = 0;
        for (let o = 0; o < out; o++) dot += dy[r * out + o] * tables[from + o];
        dweights[at] += dot;
      }
    }
    if (dtables) touched.addTo(dtables, k * table);
  }
  if (!dbias) return;
  for (let o = 0; o < out; o++) {
    let sum = 0;
    for (let r = 0; r < rows; r++) sum += dy[r * out + o];
    dbias[o] += sum;
  }
}
