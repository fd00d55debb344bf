import type { TableDtype } from '../backend/prepared.js';
import {
  bf16ToFloat32,
  f16ToFloat32,
  float32ToBf16,
  float32ToF16,
  roundHalfToEven,
} from '../safetensors/half.js';

/** Numbers of an int4 row that share a scale. */
const int4Group = 32;

const toBf16 = (x: number) => bf16ToFloat32(float32ToBf16(Float32Array.of(x)))[0]!;

/** A scale for the values of a range, whose largest magnitude is `most`, and its inverse. */
interface Scale {
  readonly scale: number;
  readonly inverse: number;
}

const int8Scale = (most: number): Scale => ({
  scale: Math.fround(most / 127),
  inverse: Math.fround(127 / most),
});

function int4Scale(most: number): Scale {
  // Rounded first, so that the numbers fit the scale that will be read.
  const scale = toBf16(Math.fround(most / 7));
  return { scale, inverse: Math.fround(1 / scale) };
}

/** The values from `start` to `end` as whole numbers of at most `largest`, times one scale. */
function roundRange(
  values: Float32Array,
  start: number,
  end: number,
  largest: number,
  scaleOf: (most: number) => Scale,
): void {
  let most = 0;
  for (let i = start; i < end; i++) most = Math.max(most, Math.abs(values[i]!));
  const { scale, inverse } = scaleOf(most);
  for (let i = start; i < end; i++) {
    // Values so small that the inverse is infinite are zeros to any reader.
    const whole = Number.isFinite(inverse) ? roundHalfToEven(Math.fround(values[i]! * inverse)) : 0;
    values[i] = Math.max(-largest, Math.min(largest, whole)) * scale;
  }
}

/**
 * What the rows of tables, `[rows, out]`, hold once they are kept in a narrower type, as float32: bf16 and f16 rounded to
 * the nearest, int8 with a scale a row, int4 with a bf16 scale for every 32 numbers of a row. As the native kernels pack
 * them; what they make of the rows may round otherwise in float32's last bits. Values must be finite; the tables given
 * stay as they are.
 */
export function roundTables(tables: Float32Array, out: number, dtype: TableDtype): Float32Array {
  if (dtype === 'f32') return tables;
  if (dtype === 'bf16') return bf16ToFloat32(float32ToBf16(tables));
  if (dtype === 'f16') return f16ToFloat32(float32ToF16(tables));
  const rounded = tables.slice();
  for (let row = 0; row < rounded.length; row += out) {
    const end = row + out;
    if (dtype === 'int8') roundRange(rounded, row, end, 127, int8Scale);
    for (let at = row; dtype === 'int4' && at < end; at += int4Group) {
      roundRange(rounded, at, Math.min(at + int4Group, end), 7, int4Scale);
    }
  }
  return rounded;
}
