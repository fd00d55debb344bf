import { load, loadSplat, madd, store, VB } from '../lanes';

/**
 * y += sum_i weights[i] * row_i over n numbers (a multiple of a vector): `rows` lists where each row lies. Four rows a
 * pass, so that y is loaded and stored once for four products; added in the order of the list.
 */
export function gatherRows(count: i32, rows: usize, weights: usize, n: usize, y: usize): void {
  const bytes = n << 2;
  let i = 0;
  for (; i + 4 <= count; i += 4, rows += 16, weights += 16) {
    const r0 = usize(i32.load(rows));
    const r1 = usize(i32.load(rows, 4));
    const r2 = usize(i32.load(rows, 8));
    const r3 = usize(i32.load(rows, 12));
    const w0 = loadSplat(weights);
    const w1 = loadSplat(weights + 4);
    const w2 = loadSplat(weights + 8);
    const w3 = loadSplat(weights + 12);
    for (let at: usize = 0; at < bytes; at += VB) {
      let sum = madd(w0, load(r0 + at), load(y + at));
      sum = madd(w1, load(r1 + at), sum);
      sum = madd(w2, load(r2 + at), sum);
      store(y + at, madd(w3, load(r3 + at), sum));
    }
  }
  for (; i < count; i++, rows += 4, weights += 4) {
    const row = usize(i32.load(rows));
    const w = loadSplat(weights);
    for (let at: usize = 0; at < bytes; at += VB) store(y + at, madd(w, load(row + at), load(y + at)));
  }
}
