import { load, loadSplat, madd, store, VB } from '../lanes';

/**
 * y += sum_i weights[i] * row_i over n numbers (a multiple of a vector): `rows` lists where each row lies. Eight rows a
 * pass: y is loaded and stored once for eight products, and as many rows are under way from memory at a time. Added in
 * the order of the list.
 */
export function gatherRows(count: i32, rows: usize, weights: usize, n: usize, y: usize): void {
  const bytes = n << 2;
  let i = 0;
  for (; i + 8 <= count; i += 8, rows += 32, weights += 32) {
    const r0 = usize(i32.load(rows));
    const r1 = usize(i32.load(rows, 4));
    const r2 = usize(i32.load(rows, 8));
    const r3 = usize(i32.load(rows, 12));
    const r4 = usize(i32.load(rows, 16));
    const r5 = usize(i32.load(rows, 20));
    const r6 = usize(i32.load(rows, 24));
    const r7 = usize(i32.load(rows, 28));
    const w0 = loadSplat(weights);
    const w1 = loadSplat(weights + 4);
    const w2 = loadSplat(weights + 8);
    const w3 = loadSplat(weights + 12);
    const w4 = loadSplat(weights + 16);
    const w5 = loadSplat(weights + 20);
    const w6 = loadSplat(weights + 24);
    const w7 = loadSplat(weights + 28);
    for (let at: usize = 0; at < bytes; at += VB) {
      let sum = madd(w0, load(r0 + at), load(y + at));
      sum = madd(w1, load(r1 + at), sum);
      sum = madd(w2, load(r2 + at), sum);
      sum = madd(w3, load(r3 + at), sum);
      sum = madd(w4, load(r4 + at), sum);
      sum = madd(w5, load(r5 + at), sum);
      sum = madd(w6, load(r6 + at), sum);
      store(y + at, madd(w7, load(r7 + at), sum));
    }
  }
  for (; i < count; i++, rows += 4, weights += 4) {
    const row = usize(i32.load(rows));
    const w = loadSplat(weights);
    for (let at: usize = 0; at < bytes; at += VB) store(y + at, madd(w, load(row + at), load(y + at)));
  }
}
