import { add, load, loadTail, madd, mul, splat, store, storeTail, sub, sumLanes, VB, W, V } from '../lanes';

/** The sum of (x - shift)^1 and ^2 over a row: two results through these. */
let sum: f32 = 0;
let sumSquared: f32 = 0;

function moments(n: i32, x: usize, shift: f32): void {
  const tail = n % W;
  const end = x + (usize(n - tail) << 2);
  let first: V = splat(0);
  let second: V = splat(0);
  for (; x < end; x += VB) {
    const centred = sub(load(x), splat(shift));
    first = add(first, centred);
    second = madd(centred, centred, second);
  }
  if (tail) {
    const centred = sub(loadTail(x, tail, shift), splat(shift));
    first = add(first, centred);
    second = madd(centred, centred, second);
  }
  sum = sumLanes(first);
  sumSquared = sumLanes(second);
}

/**
 * y = (x - mean) / sqrt(variance + epsilon) * weight + bias for each row of n. x rows lie xStride bytes apart, y rows
 * yStride; y may be x. Moments are taken about a first estimate of the mean and corrected (Chan, Golub and LeVeque,
 * Algorithms for Computing the Sample Variance, 1983), and the mean is taken off in these two parts: a large common
 * offset must not eat the digits.
 */
export function layerNorm(
  rows: i32,
  n: i32,
  epsilon: f32,
  x: usize,
  xStride: usize,
  weight: usize,
  bias: usize,
  y: usize,
  yStride: usize,
): void {
  const tail = n % W;
  const vectorBytes = usize(n - tail) << 2;
  const scale: f32 = <f32>1 / <f32>n;
  for (let row = 0; row < rows; row++, x += xStride, y += yStride) {
    moments(n, x, f32.load(x));
    const estimate = f32.load(x) + sum * scale;
    moments(n, x, estimate);
    const correction = sum * scale;
    const variance = sumSquared * scale - correction * correction;
    const inverse: f32 = <f32>1 / f32.sqrt(variance + epsilon);
    let i: usize = 0;
    for (; i < vectorBytes; i += VB) {
      const normal = mul(sub(sub(load(x + i), splat(estimate)), splat(correction)), splat(inverse));
      store(y + i, madd(normal, load(weight + i), load(bias + i)));
    }
    if (tail) {
      const normal = mul(sub(sub(loadTail(x + i, tail, 0), splat(estimate)), splat(correction)), splat(inverse));
      storeTail(y + i, madd(normal, loadTail(weight + i, tail, 0), loadTail(bias + i, tail, 0)), tail);
    }
  }
}
