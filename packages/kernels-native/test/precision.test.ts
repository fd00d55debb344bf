import { type LookupFfnConfig, linearPrecision, lookupFfnPrecision, type TableDtype } from '@lookupffn/core';
import { describe, expect, it } from 'vitest';
import { backendOn, isas, numbers } from './backends.js';

const config: LookupFfnConfig = {
  hidden: 768,
  out: 768,
  tables: 32,
  bits: 6,
  projection: 'bh4',
  block: 64,
  stages: 4,
  read: 'single',
};

describe.each(isas)('%s', (isa) => {
  const { prepare } = backendOn(isa, 1);
  const draw = numbers(11);
  const weights = {
    projectionWeight: draw.floats(4 * 1024 * 64, 0.004),
    projectionBias: draw.floats(192, 0.1),
    tables: draw.floats(32 * 64 * 768, 0.02),
    bias: new Float32Array(768),
  };

  it.each([
    ['bf16', 0.003],
    ['f16', 0.0005],
    ['int8', 0.01],
    ['int4', 0.12],
  ] as const)('tables in %s: relative error of the output below %f', (tableDtype: TableDtype, bound) => {
    const report = lookupFfnPrecision(prepare, config, weights, { tableDtype }, { rows: 16 });
    expect(report.dtype).toBe(tableDtype);
    expect(report.relativeError).toBeLessThan(bound);
    expect(report.relativeError).toBeGreaterThan(bound / 20);
  });

  it('an affine path in int8 beside f32 tables: below 1.5%', () => {
    const skip = draw.floats(768 * 768, 0.03);
    const report = lookupFfnPrecision(
      prepare,
      config,
      { ...weights, skip },
      { skipDtype: 'int8' },
      { rows: 16 },
    );
    expect(report.dtype).toBe('f32');
    expect(report.relativeError).toBeLessThan(0.015);
    expect(report.relativeError).toBeGreaterThan(0.001);
    expect(report.f32Bytes - report.bytes).toBeGreaterThan(2.9 * 768 * 768);
  });

  it('dense weights in int8: below 1.5%', () => {
    const weight = draw.floats(768 * 96, 0.03);
    const report = linearPrecision(prepare, { in: 768, out: 96, dtype: 'int8' }, weight, null, { rows: 16 });
    expect(report.dtype).toBe('int8');
    expect(report.relativeError).toBeLessThan(0.015);
    expect(report.relativeError).toBeGreaterThan(0.001);
  });
});
