const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** BF16 is the upper half of a float32. */
export function bf16ToFloat32(source: Uint16Array): Float32Array {
  const words = new Uint32Array(source.length);
  for (let i = 0; i < source.length; i++) words[i] = source[i]! << 16;
  return new Float32Array(words.buffer);
}

/** IEEE 754 binary16: 1 sign, 5 exponent (bias 15) and 10 fraction bits. Exact. */
function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let halves: Float32Array | undefined;

export function f16ToFloat32(source: Uint16Array): Float32Array {
  // All 65,536 values once: a checkpoint has millions of elements.
  halves ??= Float32Array.from({ length: 65536 }, (_, half) => halfToFloat(half));
  const result = new Float32Array(source.length);
  for (let i = 0; i < source.length; i++) result[i] = halves[source[i]!]!;
  return result;
}

/** Rounds to nearest, ties to even; NaN stays NaN. */
export function float32ToBf16(source: Float32Array): Uint16Array {
  const result = new Uint16Array(source.length);
  for (let i = 0; i < source.length; i++) {
    float[0] = source[i]!;
    const word = bits[0]!;
    const notANumber = (word & 0x7fffffff) > 0x7f800000;
    // A NaN whose payload sits in the lower half must not round to infinity.
    result[i] = notANumber ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return result;
}

/** Rounds to nearest, ties to even; past 65,519 becomes infinite. */
export function float32ToF16(source: Float32Array): Uint16Array {
  const result = new Uint16Array(source.length);
  for (let i = 0; i < source.length; i++) result[i] = toHalf(source[i]!);
  return result;
}

function toHalf(value: number): number {
  float[0] = value;
  const sign = (bits[0]! >>> 16) & 0x8000;
  const magnitude = Math.abs(value);
  if (!(magnitude < 65520)) return sign | (Number.isNaN(value) ? 0x7e00 : 0x7c00);
  // Spacing of halves around the value; its multiples up to 2^11 are exact in float64.
  const exponent = Math.max(((bits[0]! >>> 23) & 0xff) - 127, -14);
  const spacing = 2 ** (exponent - 10);
  const units = roundHalfToEven(magnitude / spacing);
  // units counts from 0 in the subnormal range; past that the implied bit carries into the exponent by itself.
  return sign | (units + (exponent + 14) * 1024);
}

/** The nearest whole number; of two as near the even one. */
export function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
