import type { CellVariationShape } from '../backend/shapes.js';
import type { Floats, OptionalFloats } from './floats.js';

/**
 * Mean of `(T_k[i] - T_k[i ^ bit])^2` over tables, cells, bits (one or all) and columns; tables `[h, 2^tau, o]`.
 * A pair is met from both its ends, so a cell's gradient is `4 (T[i] - T[i ^ bit]) / count`; dtables gets `scale` of it.
 */
export function cellVariation(shape: CellVariationShape, tables: Floats, dtables: OptionalFloats): number {
  const { bits, out, scale } = shape;
  const cells = 2 ** bits;
  const first = Math.max(shape.bit, 0);
  const last = shape.bit < 0 ? bits : shape.bit + 1;
  const count = shape.tables * cells * out * (last - first);
  let sum = 0;
  for (let k = 0; k < shape.tables; k++) {
    for (let cell = 0; cell < cells; cell++) {
      const at = (k * cells + cell) * out;
      for (let o = 0; o < out; o++) {
        let pull = 0;
        for (let bit = first; bit < last; bit++) {
          const other = (k * cells + (cell ^ (1 << (bits - 1 - bit)))) * out;
          const difference = tables[at + o] - tables[other + o];
          sum += difference * difference;
          pull += difference;
        }
        if (dtables) dtables[at + o] += (scale * 4 * pull) / count;
      }
    }
  }
  return sum / count;
}
