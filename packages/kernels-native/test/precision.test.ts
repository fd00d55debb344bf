import {
  type LookupFfnConfig,
  linearPrecision,
  lookupFfnPrecision,
  roundTables,
  type TableDtype,
} from '@lookupffn/core';
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

  it.each(['bf16', 'f16', 'int8', 'int4'] as const)('rows in %s hold what roundTables says', (tableDtype) => {
    // An odd size leaves an int4 group half full; one row is 0, one too small for its own scale.
    const one = { ...config, hidden: 2, out: 77, tables: 1, bits: 2, projection: 'dense', block: 2 } as const;
    const tables = draw.floats(4 * 77, 0.02);
    tables.fill(0, 0, 77);
    for (let i = 77; i < 2 * 77; i++) tables[i]! *= 1e-40;
    const made = { projectionWeight: Float32Array.of(1, 0, 0, 1), projectionBias: new Float32Array(2) };
    const bias = new Float32Array(77);
    const x = Float32Array.of(-1, -1, -1, 1, 1, -1, 1, 1);
    const run = (rows: Float32Array, dtype: TableDtype) => {
      const handle = prepare.lookupFfn(one, { ...made, tables: rows, bias }, { tableDtype: dtype });
      const y = new Float32Array(4 * 77);
      handle.forward(4, x, y);
      handle.dispose();
      return y;
    };
    const found = run(tables, tableDtype);
    run(roundTables(tables, 77, tableDtype), 'f32').forEach((value, i) => {
      expect(Math.abs(found[i]! - value)).toBeLessThanOrEqual(2e-7 * Math.abs(value));
    });
    expect(found).not.toEqual(run(tables, 'f32'));
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
