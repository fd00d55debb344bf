import { add, load, store, sub, VB, W } from '../lanes';

/** One butterfly pass over n numbers at distance h (both in numbers, h >= W). */
@inline
function pass2(n: usize, h: usize, x: usize): void {
  const half = h << 2;
  const end = x + (n << 2);
  for (let group = x; group < end; group += half << 1) {
    for (let p = group; p < group + half; p += VB) {
      const a = load(p);
      const b = load(p + half);
      store(p, add(a, b));
      store(p + half, sub(a, b));
    }
  }
}

/** Two passes at once, at distances h and 2h: half the loads and stores, the same additions in the same order. */
@inline
function pass4(n: usize, h: usize, x: usize): void {
  const step = h << 2;
  const end = x + (n << 2);
  for (let group = x; group < end; group += step << 2) {
    for (let p = group; p < group + step; p += VB) {
      const p1 = p + step;
      const p2 = p1 + step;
      const p3 = p2 + step;
      const a = load(p);
      const b = load(p1);
      const c = load(p2);
      const d = load(p3);
      const ab = add(a, b);
      const cd = add(c, d);
      const amb = sub(a, b);
      const cmd = sub(c, d);
      store(p, add(ab, cd));
      store(p1, add(amb, cmd));
      store(p2, sub(ab, cd));
      store(p3, sub(amb, cmd));
    }
  }
}

/** The passes at distances from, 2 from, ... n/2 of an n-point transform; from >= W. */
export function hadamardFrom(n: usize, from: usize, x: usize): void {
  let h = from;
  for (; h << 1 < n; h <<= 2) pass4(n, h, x);
  if (h < n) pass2(n, h, x);
}

/** x = H x in place for each row of n numbers, n a power of two; natural order, not normalised. */
export function hadamard(rows: i32, n: i32, x: usize): void {
  const size = usize(n);
  for (let row = 0; row < rows; row++, x += size << 2) {
    let h: usize = 1;
    // Distances inside a vector, one number at a time.
    for (; h < usize(W) && h < size; h <<= 1) {
      for (let group: usize = 0; group < size; group += h << 1) {
        for (let i = group; i < group + h; i++) {
          const p = x + (i << 2);
          const q = p + (h << 2);
          const a = f32.load(p);
          const b = f32.load(q);
          f32.store(p, a + b);
          f32.store(q, a - b);
        }
      }
    }
    if (h < size) hadamardFrom(size, h, x);
  }
}
