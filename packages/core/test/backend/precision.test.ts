import { describe, expect, it } from 'vitest';
import { linearPrecision, lookupFfnPrecision } from '../../src/backend/precision.js';
import type { PrepareOps } from '../../src/backend/prepared.js';
import { createReferenceBackend } from '../../src/reference/factory.js';

const { prepare } = createReferenceBackend();

/** What is asked in a narrow type comes out 1% too large, and in the first row 10%. */
const worse: PrepareOps = {
  linear(options, weight, bias) {
    const made = prepare.linear(options, weight, bias);
    if (options.dtype !== 'int8') return made;
    return {
      bytes: 4,
      dtype: 'int8',
      dispose: () => made.dispose(),
      forward(rows, x, y) {
        made.forward(rows, x, y);
        for (let i = 0; i < y.length; i++) y[i]! *= i < options.out ? 1.1 : 1.01;
      },
    };
  },
  lookupFfn: (config, weights, options) => prepare.lookupFfn(config, weights, options),
};

describe('precision', () => {
  it('is the error relative to the float32 output, on average and in the worst row', () => {
    const weight = Float32Array.of(1, 0, 0, 1);
    const x = Float32Array.of(3, 4, 0, 50, 30, 40);
    const report = linearPrecision(worse, { in: 2, out: 2, dtype: 'int8' }, weight, null, { x });
    const squares = 25 + 2500 + 2500;
    expect(report.relativeError).toBeCloseTo(Math.sqrt((0.01 * 25 + 1e-4 * 5000) / squares), 6);
    expect(report.worstRow).toBeCloseTo(0.1, 6);
    expect(report).toMatchObject({ dtype: 'int8', bytes: 4, f32Bytes: 16 });
  });

  it('is nothing where the backend keeps float32, and says that it did', () => {
    const config = { hidden: 4, out: 3, tables: 2, bits: 2, block: 4, stages: 1 } as const;
    const shape = { ...config, projection: 'bh4', read: 'single' } as const;
    const weights = {
      projectionWeight: new Float32Array(16).fill(0.5),
      projectionBias: Float32Array.of(1, -1, 1, -1),
      tables: new Float32Array(24).fill(2),
      bias: new Float32Array(3),
    };
    const report = lookupFfnPrecision(prepare, shape, weights, { tableDtype: 'int4' }, { rows: 5 });
    expect(report).toMatchObject({ relativeError: 0, worstRow: 0, dtype: 'f32' });
  });
});
