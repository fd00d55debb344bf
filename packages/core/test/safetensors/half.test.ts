import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bf16ToFloat32, f16ToFloat32, float32ToBf16, float32ToF16 } from '../../src/index.js';

const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
const toF16 = (x: number) => float32ToF16(Float32Array.of(x))[0]!;
const toBf16 = (x: number) => float32ToBf16(Float32Array.of(x))[0]!;

describe('binary16', () => {
  test('known values', () => {
    const known: [number, number][] = [
      [0x0000, 0],
      [0x8000, -0],
      [0x0001, 2 ** -24],
      [0x03ff, 1023 * 2 ** -24],
      [0x0400, 2 ** -14],
      [0x3555, 0.333251953125],
      [0x3c00, 1],
      [0xc000, -2],
      [0x7bff, 65504],
      [0x7c00, Number.POSITIVE_INFINITY],
      [0xfc00, Number.NEGATIVE_INFINITY],
    ];
    for (const [half, value] of known) {
      expect(f16ToFloat32(Uint16Array.of(half))[0]).toBe(value);
      expect(toF16(value)).toBe(half);
    }
  });

  test('every half that is a number comes back', () => {
    const back = float32ToF16(f16ToFloat32(all));
    const isNaNHalf = (half: number) => (half & 0x7fff) > 0x7c00;
    for (const half of all) if (!isNaNHalf(half)) expect(back[half]).toBe(half);
    expect(f16ToFloat32(Uint16Array.of(toF16(Number.NaN)))[0]).toBeNaN();
  });

  test('rounds to nearest, ties to even, past the largest to infinity', () => {
    expect(toF16(1 + 2 ** -11)).toBe(0x3c00);
    expect(toF16(1 + 3 * 2 ** -11)).toBe(0x3c02);
    expect(toF16(2 - 2 ** -12)).toBe(0x4000);
    expect(toF16(65519)).toBe(0x7bff);
    expect(toF16(65520)).toBe(0x7c00);
    expect(toF16(2 ** -25)).toBe(0);
    expect(toF16(1.5 * 2 ** -25)).toBe(1);
    expect(toF16(2 ** -14 - 2 ** -26)).toBe(0x0400);
    expect(toF16(-1e30)).toBe(0xfc00);
  });

  test('no half is nearer', () => {
    fc.assert(
      fc.property(fc.float({ min: -65504, max: 65504, noNaN: true }), (x) => {
        const half = toF16(x);
        const error = (h: number) => Math.abs(f16ToFloat32(Uint16Array.of(h))[0]! - x);
        for (const other of [half - 1, half + 1]) {
          if (other < 0 || other > 65535 || (other & 0x7c00) === 0x7c00) continue;
          expect(error(half)).toBeLessThanOrEqual(error(other));
        }
      }),
    );
  });
});

describe('bfloat16', () => {
  test('every one that is a number comes back', () => {
    const back = float32ToBf16(bf16ToFloat32(all));
    for (const value of all) if ((value & 0x7fff) <= 0x7f80) expect(back[value]).toBe(value);
  });

  test('rounds to nearest, ties to even; NaN stays NaN', () => {
    expect(toBf16(1)).toBe(0x3f80);
    expect(toBf16(1 + 2 ** -8)).toBe(0x3f80);
    expect(toBf16(1 + 3 * 2 ** -8)).toBe(0x3f82);
    expect(toBf16(3.4e38)).toBe(0x7f80);
    const lowNaN = new Float32Array(Uint32Array.of(0x7f800001).buffer)[0]!;
    expect(bf16ToFloat32(Uint16Array.of(toBf16(lowNaN)))[0]).toBeNaN();
    expect(bf16ToFloat32(Uint16Array.of(toBf16(Number.NaN)))[0]).toBeNaN();
  });
});
