import {
  add, load, loadTail, max, maxLanes, mul, splat, store, storeTail, sub, sumLanes, VB, W, V,
} from '../lanes';
import { expNonPositive } from '../math/exp';

/** The largest of n numbers. */
export function rowMax(n: i32, x: usize): f32 {
  const tail = n % W;
  const end = x + (usize(n - tail) << 2);
  let best: V = splat(f32.NEGATIVE_INFINITY);
  for (; x < end; x += VB) best = max(best, load(x));
  if (tail) best = max(best, loadTail(x, tail, f32.NEGATIVE_INFINITY));
  return maxLanes(best);
}

/** y = e^((x - top) * scale) and its sum; y may be x. */
export function rowExp(n: i32, x: usize, top: f32, scale: f32, y: usize): f32 {
  const tail = n % W;
  const end = x + (usize(n - tail) << 2);
  let sum: V = splat(0);
  for (; x < end; x += VB, y += VB) {
    const e = expNonPositive(mul(sub(load(x), splat(top)), splat(scale)));
    store(y, e);
    sum = add(sum, e);
  }
  if (tail) {
    const e = expNonPositive(mul(sub(loadTail(x, tail, f32.NEGATIVE_INFINITY), splat(top)), splat(scale)));
    storeTail(y, e, tail);
    sum = add(sum, e);
  }
  return sumLanes(sum);
}

/** x *= factor for n numbers. */
export function rowScale(n: i32, x: usize, factor: f32): void {
  const tail = n % W;
  const end = x + (usize(n - tail) << 2);
  for (; x < end; x += VB) store(x, mul(load(x), splat(factor)));
  if (tail) storeTail(x, mul(loadTail(x, tail, 0), splat(factor)), tail);
}

/** Softmax of scale * x for rows of n, in place, rows `stride` bytes apart; scale > 0. */
export function softmax(rows: i32, n: i32, scale: f32, x: usize, stride: usize): void {
  for (let row = 0; row < rows; row++, x += stride) {
    const sum = rowExp(n, x, rowMax(n, x), scale, x);
    rowScale(n, x, <f32>1 / sum);
  }
}
