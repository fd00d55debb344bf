import { describe, expect, it } from 'vitest';
import { createWasmBackend } from '../src/backend.js';
import { randomSource, relativeError } from './random.js';

/** Rows of n numbers as whole steps of a 127th of each row's largest. */
function quantized(x: Float32Array, n: number) {
  const steps = new Float32Array(x.length);
  const step = new Float64Array(x.length / n);
  for (let row = 0; row < step.length; row++) {
    const values = x.subarray(row * n, (row + 1) * n);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const inverse = Math.fround(127 / largest);
    step[row] = largest / 127;
    steps.set(
      values.map((value) => Math.round(Math.fround(value * inverse))),
      row * n,
    );
  }
  return { steps, step };
}

/** y = x W^T + bias of the quantised numbers, in float64. */
function product(x: Float32Array, weight: Float32Array, bias: Float32Array, k: number, out: number) {
  const a = quantized(x, k);
  const w = quantized(weight, k);
  const rows = x.length / k;
  const y = new Float32Array(rows * out);
  for (let row = 0; row < rows; row++) {
    for (let o = 0; o < out; o++) {
      let sum = 0;
      for (let i = 0; i < k; i++) sum += a.steps[row * k + i]! * w.steps[o * k + i]!;
      y[row * out + o] = sum * a.step[row]! * w.step[o]! + bias[o]!;
    }
  }
  return y;
}

for (const isa of ['scalar', 'simd128']) {
  describe(`int8 linear, ${isa}`, () => {
    // Tails of inputs, of columns and of rows; one row has a path of its own.
    for (const [rows, k, out] of [
      [1, 1, 1],
      [1, 100, 17],
      [6, 9, 8],
      [7, 130, 33],
      [2, 768, 24],
    ] as const) {
      it(`is the product of what it rounds to: ${rows} x ${k} x ${out}`, async () => {
        const backend = await createWasmBackend({ isa });
        const random = randomSource(rows + k + out);
        const [x, weight, bias] = [random.floats(rows * k), random.floats(out * k, 0.1), random.floats(out)];
        const handle = backend.prepare.linear({ in: k, out, dtype: 'int8' }, weight, bias);
        expect(handle.dtype).toBe('int8');
        // Less than half of what f32 takes, once there is more than filling.
        if (k > 50 && out > 20) expect(handle.bytes).toBeLessThan(2 * k * out);
        const y = new Float32Array(rows * out);
        handle.forward(rows, x, y);
        expect(relativeError(y, product(x, weight, bias, k, out))).toBeLessThan(1e-6);
      });
    }

    it('keeps numbers at the ends of their range exact: all inputs and weights the largest, of either sign', async () => {
      const backend = await createWasmBackend({ isa });
      const k = 4096;
      const weight = new Float32Array(2 * k).fill(127).fill(-127, k);
      const handle = backend.prepare.linear({ in: k, out: 2, dtype: 'int8' }, weight, null);
      const x = new Float32Array(2 * k).fill(127).fill(-127, k);
      const y = new Float32Array(4);
      handle.forward(2, x, y);
      const sum = Math.fround(127 * 127 * k);
      expect(Array.from(y)).toEqual([sum, -sum, -sum, sum]);
    });

    it('gives zeros and the bias for zeros and for numbers too small to divide by', async () => {
      const backend = await createWasmBackend({ isa });
      const weight = new Float32Array([0, 0, 1, 2, 1e-40, 1e-40]);
      const bias = new Float32Array([5, 6, 7]);
      const handle = backend.prepare.linear({ in: 2, out: 3, dtype: 'int8' }, weight, bias);
      const y = new Float32Array(6);
      handle.forward(2, new Float32Array([0, 0, 1e-40, 1e-41]), y);
      expect(Array.from(y)).toEqual([5, 6, 7, 5, 6, 7]);
    });

    it('keeps a NaN or infinity in a weight in its own column', async () => {
      const backend = await createWasmBackend({ isa });
      const weight = new Float32Array([1, Number.NaN, 1, 0, Number.POSITIVE_INFINITY, 1]);
      const handle = backend.prepare.linear({ in: 2, out: 3, dtype: 'int8' }, weight, null);
      const y = new Float32Array(3);
      handle.forward(1, new Float32Array([1, 1]), y);
      expect(y[0]).toBeNaN();
      expect(y[1]).toBeCloseTo(1, 6);
      expect(y[2]).toBeNaN();
    });

    it('keeps f32, and says so, where int32 could not hold the sums', async () => {
      const backend = await createWasmBackend({ isa });
      const k = 2 ** 17 + 1;
      const handle = backend.prepare.linear({ in: k, out: 1, dtype: 'int8' }, new Float32Array(k), null);
      expect(handle.dtype).toBe('f32');
    });
  });
}
