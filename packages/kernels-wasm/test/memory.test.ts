import type { LookupFfnConfig, LookupFfnWeights } from '@lookupffn/core';
import { describe, expect, it } from 'vitest';
import { createWasmBackend, wasmBackend } from '../src/backend.js';
import { createEngine } from '../src/memory/engine.js';
import { randomSource } from './random.js';

const config: LookupFfnConfig = {
  hidden: 24,
  out: 20,
  tables: 5,
  bits: 6,
  projection: 'bh4',
  block: 8,
  stages: 2,
  read: 'single',
};

function weightsOf(seed: number): LookupFfnWeights {
  const random = randomSource(seed);
  return {
    norm: { weight: random.floats(24), bias: random.floats(24), epsilon: 1e-5 },
    projectionWeight: random.floats(2 * 32 * 8, 0.1),
    projectionBias: random.floats(30),
    tables: random.floats(5 * 64 * 20),
    bias: random.floats(20),
    skip: random.floats(20 * 24, 0.1),
    beta: random.positive(5),
  };
}

describe('memory', () => {
  it('does not grow while models come and go', async () => {
    const engine = await createEngine('simd128');
    const backend = wasmBackend(engine);
    const random = randomSource(1);
    const weights = weightsOf(2);
    const dense = random.floats(40 * 24);
    const x = random.floats(24);
    const y = new Float32Array(20);
    const z = new Float32Array(40);
    const once = () => {
      const handles = [
        backend.prepare.lookupFfn(config, weights),
        backend.prepare.lookupFfn(config, weights, { tableDtype: 'int8' }),
      ];
      const linear = backend.prepare.linear({ in: 24, out: 40 }, dense, null);
      for (const handle of handles) handle.forward(1, x, y);
      linear.forward(1, x, z);
      for (const handle of [...handles, linear]) handle.dispose();
    };
    once();
    const size = engine.memoryBytes;
    for (let i = 0; i < 1000; i++) once();
    expect(engine.memoryBytes).toBe(size);
  });

  it('gives the same numbers after the memory has grown and moved under a model', async () => {
    const engine = await createEngine('simd128');
    const backend = wasmBackend(engine);
    const first = backend.prepare.lookupFfn(config, weightsOf(3));
    const x = randomSource(4).floats(7 * 24);
    const before = new Float32Array(7 * 20);
    first.forward(7, x, before);
    const size = engine.memoryBytes;
    const others = Array.from({ length: 40 }, (_, i) => backend.prepare.lookupFfn(config, weightsOf(i)));
    const big = backend.prepare.linear({ in: 1000, out: 1000 }, new Float32Array(1e6), null);
    expect(engine.memoryBytes).toBeGreaterThan(size);
    const after = new Float32Array(7 * 20);
    first.forward(7, x, after);
    expect(after).toEqual(before);
    for (const handle of [...others, big, first]) handle.dispose();
    const again = backend.prepare.lookupFfn(config, weightsOf(3));
    again.forward(7, x, after);
    // Freed blocks held other weights meanwhile: filled up rows must not remember them.
    expect(after).toEqual(before);
  });

  it('needs no more scratch for a large batch than for a few rows', async () => {
    const engine = await createEngine('simd128');
    const backend = wasmBackend(engine);
    const handle = backend.prepare.lookupFfn(config, weightsOf(5));
    const rows = 100_000;
    const x = randomSource(6).floats(rows * 24);
    const y = new Float32Array(rows * 20);
    handle.forward(rows, x, y);
    expect(engine.memoryBytes).toBeLessThan(4 * 2 ** 20);
    const alone = new Float32Array(20);
    for (const row of [0, 12_345, rows - 1]) {
      handle.forward(1, x.subarray(row * 24, (row + 1) * 24), alone);
      expect(y.subarray(row * 20, (row + 1) * 20)).toEqual(alone);
    }
  });

  it('refuses what does not fit with a coded error, and works on', async () => {
    const backend = await createWasmBackend({ maxMemoryBytes: 2 * 2 ** 20 });
    const ones = new Float32Array(2000 * 500).fill(1);
    for (let i = 0; i < 3; i++) {
      expect(() => backend.prepare.linear({ in: 2000, out: 500 }, ones, null)).toThrow(
        expect.objectContaining({ code: 'OUT_OF_MEMORY' }),
      );
    }
    const handle = backend.prepare.linear({ in: 2, out: 1 }, new Float32Array([2, 3]), null);
    const y = new Float32Array(1);
    handle.forward(1, new Float32Array([10, 1]), y);
    expect(y[0]).toBe(23);
  });

  it('lets go of the parts of a model that did not fit', async () => {
    const engine = await createEngine('simd128', { maxMemoryBytes: 2 * 2 ** 20 });
    const backend = wasmBackend(engine);
    const large = { ...config, bits: 13 };
    const weights = {
      ...weightsOf(1),
      projectionWeight: new Float32Array(3 * 2 * 32 * 8),
      projectionBias: new Float32Array(65),
      tables: new Float32Array(5 * 2 ** 13 * 20),
    };
    for (let i = 0; i < 50; i++) {
      expect(() => backend.prepare.lookupFfn(large, weights)).toThrow(
        expect.objectContaining({ code: 'OUT_OF_MEMORY' }),
      );
    }
    const fits = Array.from({ length: 10 }, () => backend.prepare.lookupFfn(config, weightsOf(1)));
    expect(fits.every(({ bytes }) => bytes > 0)).toBe(true);
  });

  it('refuses a limit too small to work in', async () => {
    await expect(createWasmBackend({ maxMemoryBytes: 1000 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});
