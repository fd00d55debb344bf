import { load, loadTail, store, storeTail, VB, W } from '../lanes';
import { geluOf } from '../math/gelu';

/** y = gelu(x) for n numbers; y may be x. */
export function gelu(n: i32, x: usize, y: usize): void {
  const tail = n % W;
  const end = x + (usize(n - tail) << 2);
  for (; x < end; x += VB, y += VB) store(y, geluOf(load(x)));
  if (tail) storeTail(y, geluOf(loadTail(x, tail, 0)), tail);
}
