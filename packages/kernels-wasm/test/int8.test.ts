import { type LookupFfnConfig, type LookupFfnWeights, lookupFfnGeometry, readModes } from '@lookupffn/core';
import { createReferenceBackend } from '@lookupffn/core/reference';
import { describe, expect, it } from 'vitest';
import { createWasmBackend } from '../src/backend.js';
import { randomSource, relativeError } from './random.js';

/** What int8 rows stand for: each number at the nearest of 255 steps of its row's largest. */
function rounded(tables: Float32Array, out: number): Float32Array {
  const result = new Float32Array(tables.length);
  for (let at = 0; at < tables.length; at += out) {
    const row = tables.subarray(at, at + out);
    const scale = Math.fround(row.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127);
    for (let i = 0; i < out; i++) result[at + i] = Math.round(row[i]! / scale) * scale;
  }
  return result;
}

const reference = createReferenceBackend();

for (const isa of ['scalar', 'simd128']) {
  describe(`int8 tables, ${isa}`, () => {
    for (const read of readModes) {
      // 70 columns: whole vectors and a tail; 600 tables: more rows than one int32 sum may take.
      for (const [tables, bits, out] of [
        [3, 4, 70],
        [1, 2, 1],
        [600, 2, 16],
      ] as const) {
        it(`${read}, ${tables} tables of ${bits} bits, ${out} outputs`, async () => {
          const backend = await createWasmBackend({ isa });
          const config: LookupFfnConfig = {
            hidden: 16,
            out,
            tables,
            bits,
            projection: 'dense',
            block: 1,
            stages: 1,
            read,
          };
          const random = randomSource(tables);
          const weights: LookupFfnWeights = {
            projectionWeight: random.floats(tables * bits * 16, 0.25),
            projectionBias: random.floats(tables * bits),
            tables: random.floats(tables * lookupFfnGeometry(config).cells * out),
            bias: random.floats(out),
          };
          const handle = backend.prepare.lookupFfn(config, weights, { tableDtype: 'int8' });
          expect(handle.dtype).toBe('int8');
          const rows = 5;
          const x = random.floats(rows * 16);
          const y = new Float32Array(rows * out);
          const expected = new Float32Array(rows * out);
          handle.forward(rows, x, y);
          reference.prepare
            .lookupFfn(config, { ...weights, tables: rounded(weights.tables, out) })
            .forward(rows, x, expected);
          // Factors are rounded to 15 bits of the row's largest; see assembly/ops/gather-int8.ts.
          expect(relativeError(y, expected)).toBeLessThan(1e-4);
        });
      }
    }

    it('keeps a NaN in a table a NaN', async () => {
      const backend = await createWasmBackend({ isa });
      const config: LookupFfnConfig = {
        ...{ hidden: 1, out: 3, tables: 1, bits: 1, block: 1, stages: 1 },
        projection: 'dense',
        read: 'single',
      };
      const weights: LookupFfnWeights = {
        projectionWeight: new Float32Array([1]),
        projectionBias: new Float32Array(1),
        tables: new Float32Array([1, 2, 3, 4, Number.NaN, 6]),
        bias: new Float32Array(3),
      };
      const y = new Float32Array(3);
      backend.prepare.lookupFfn(config, weights, { tableDtype: 'int8' }).forward(1, new Float32Array([1]), y);
      expect(Array.from(y)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    });
  });
}
