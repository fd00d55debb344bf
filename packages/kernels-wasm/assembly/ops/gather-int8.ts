import { W } from '../lanes';
import { INT8_HEADER } from './quantize';

/** y[0..16] += w * 16 bytes at p. */
@inline
function addSixteen(p: usize, w: v128, y: usize): void {
  const bytes = v128.load(p);
  const low = i16x8.extend_low_i8x16_s(bytes);
  const high = i16x8.extend_high_i8x16_s(bytes);
  v128.store(y, f32x4.add(v128.load(y), f32x4.mul(w, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(low)))));
  v128.store(y, f32x4.add(v128.load(y, 16), f32x4.mul(w, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(low)))), 16);
  v128.store(y, f32x4.add(v128.load(y, 32), f32x4.mul(w, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(high)))), 32);
  v128.store(y, f32x4.add(v128.load(y, 48), f32x4.mul(w, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(high)))), 48);
}

/** As `gatherRows` for rows of int8 after their scale (see quantize.ts); n is a multiple of 16. */
export function gatherRowsInt8(count: i32, rows: usize, weights: usize, n: usize, y: usize): void {
  for (let i = 0; i < count; i++, rows += 4, weights += 4) {
    const row = usize(i32.load(rows));
    const weight = f32.load(weights) * f32.load(row);
    const from = row + INT8_HEADER;
    if (W > 1) {
      const w = f32x4.splat(weight);
      for (let at: usize = 0; at < n; at += 16) addSixteen(from + at, w, y + (at << 2));
    } else {
      for (let at: usize = 0; at < n; at++) {
        const p = y + (at << 2);
        f32.store(p, f32.load(p) + weight * f32(i32.load8_s(from + at)));
      }
    }
  }
}
