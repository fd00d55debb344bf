import type { EmbeddingShape } from '../backend/shapes.js';
import type { Floats } from './floats.js';
import { RowSums } from './row-sums.js';

/** y[i] = table[ids[i]]. ids `[rows]`, table `[vocabulary, size]`, y `[rows, size]`. */
export function embedding({ rows, size }: EmbeddingShape, ids: Int32Array, table: Floats, y: Floats): void {
  for (let r = 0; r < rows; r++) {
    const from = ids[r] * size;
    for (let i = 0; i < size; i++) y[r * size + i] = table[from + i];
  }
}

/** dtable[ids[i]] += dy[i]; an id that occurs often sums in float64 first. */
export function embeddingGrad(
  { rows, size }: EmbeddingShape,
  ids: Int32Array,
  dy: Floats,
  dtable: Floats,
): void {
  const touched = new RowSums(size);
  for (let r = 0; r < rows; r++) touched.add(ids[r], 1, dy, r * size);
  touched.addTo(dtable, 0);
}
