/** Below this a row counts as 0: 127 / it must stay finite. */
const SMALLEST: f32 = 1e-36;

/**
 * A row of n numbers as scale * int8, scale = max|x| / 127, rounded to the nearest (ties to even). A NaN or infinity
 * makes the scale NaN: it must not become a number in silence.
 */
export function quantizeRow(n: i32, x: usize, out: usize, scale: usize): void {
  const bytes = usize(n) << 2;
  let largest: f32 = 0;
  // f32.max, unlike a comparison, keeps a NaN.
  for (let i: usize = 0; i < bytes; i += 4) largest = max(largest, f32.abs(f32.load(x + i)));
  const finite = largest < f32.POSITIVE_INFINITY;
  const used = finite && largest >= SMALLEST;
  f32.store(scale, used ? largest / <f32>127 : finite ? 0 : f32.NaN);
  const inverse: f32 = used ? <f32>127 / largest : 0;
  for (let i: usize = 0; i < bytes; i += 4) i32.store8(out + (i >> 2), i32(f32.nearest(f32.load(x + i) * inverse)));
}
