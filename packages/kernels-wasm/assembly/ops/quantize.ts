/** Bytes before a row's numbers: its scale, then space that keeps them on a 16-byte boundary. */
export const INT8_HEADER: usize = 16;

/**
 * Each row of n numbers as scale * int8, scale = max|x| / 127, rounded to the nearest (ties to even). An output row is
 * its scale (f32), padding to INT8_HEADER bytes, then the int8s; outStride bytes apart, the space after a row's numbers
 * is left as it is. A NaN or infinity makes its whole row NaN: it must not become a number in silence.
 */
export function quantizeRows(rows: i32, n: i32, x: usize, xStride: usize, out: usize, outStride: usize): void {
  const bytes = usize(n) << 2;
  for (let row = 0; row < rows; row++, x += xStride, out += outStride) {
    let largest: f32 = 0;
    // f32.max, unlike a comparison, keeps a NaN.
    for (let i: usize = 0; i < bytes; i += 4) largest = max(largest, f32.abs(f32.load(x + i)));
    const scale: f32 = largest < f32.POSITIVE_INFINITY ? largest / <f32>127 : f32.NaN;
    f32.store(out, scale);
    const inverse: f32 = scale > 0 ? <f32>1 / scale : 0;
    const to = out + INT8_HEADER;
    for (let i: usize = 0; i < bytes; i += 4) {
      const q = f32.nearest(f32.load(x + i) * inverse);
      i32.store8(to + (i >> 2), i32(q));
    }
  }
}
