import { createHash } from 'node:crypto';
import type { Backend, PreparedLinear, PreparedLookupFfn } from '@lookupffn/core';
import { describe, expect, it } from 'vitest';
import { createNativeBackend } from '../src/index.js';
import { backendOn, isas, numbers } from './backends.js';

const bits = (result: Float32Array | number) =>
  createHash('sha256')
    .update(typeof result === 'number' ? String(result) : new Uint8Array(result.buffer))
    .digest('hex');

/** One pass over the operations that split their work or add up rows, at sizes with several pieces and ragged ends. */
function everything(backend: Backend): Record<string, string> {
  const { ops, grad, optim, prepare } = backend;
  const draw = numbers(3);
  const rows = 613;
  const d = 96;
  const out: Record<string, Float32Array | number> = {};
  const result = (name: string, length: number) => {
    const made = new Float32Array(length);
    out[name] = made;
    return made;
  };
  const x = draw.floats(rows * d);
  const dy = draw.floats(rows * d);

  const linear = { rows, in: d, out: 200 };
  const w = draw.floats(200 * d, 0.1);
  const wide = draw.floats(rows * 200);
  ops.linear(linear, x, w, draw.floats(200), result('linear', rows * 200));
  grad.linear(
    linear,
    x,
    w,
    wide,
    result('linear.dx', rows * d),
    result('linear.dw', 200 * d),
    result('linear.db', 200),
  );

  const project = {
    rows,
    projection: 'bh4',
    hidden: d,
    tables: 40,
    bits: 5,
    block: 8,
    stages: 3,
  } as const;
  const weight = draw.floats(2 * 3 * 128 * 8, 0.1);
  const z = result('z', rows * 200);
  ops.project(project, x, weight, draw.floats(200, 0.1), z);
  grad.project(
    project,
    x,
    weight,
    wide,
    result('project.dx', rows * d),
    result('project.dw', weight.length),
    result('project.db', 200),
  );

  const read = { rows, tables: 40, bits: 5, read: 'two-cell' } as const;
  const score = {
    temperature: draw.floats(40).map((v) => 1 + v * v),
    beta: draw.floats(40).map((v) => 1 + v * v),
  };
  const cells = new Int32Array(rows * 80);
  const cellWeights = result('cell weights', rows * 80);
  ops.read(read, z, score, cells, cellWeights);
  grad.read(
    read,
    z,
    score,
    draw.floats(rows * 80),
    result('read.dz', z.length),
    result('read.dt', 40),
    result('read.db', 40),
    result('read.dg', 40),
  );

  const gather = { rows, tables: 40, bits: 5, cells: 2, out: d };
  const tables = draw.floats(40 * 32 * d, 0.1);
  ops.gather(gather, cells, cellWeights, tables, null, result('gather', rows * d));
  grad.gather(
    gather,
    cells,
    cellWeights,
    tables,
    dy,
    result('gather.dw', cells.length),
    result('gather.dt', tables.length),
    result('gather.db', d),
  );

  // Tables so large that a few at a time pass over the rows; rows so wide that fewer than all are passed over; and fewer
  // rows than pieces of work.
  for (const [some, count, bits, width] of [
    [rows, 20, 8, 400],
    [rows, 9, 6, 4000],
    [5, 9, 1, 16],
  ] as const) {
    const shape = { rows: some, tables: count, bits, cells: 1, out: width };
    const read = draw.ids(some * count, 2 ** bits);
    const of = Float32Array.from({ length: count * 2 ** bits * width }, (_, i) => tables[i % tables.length]!);
    const made = result(`gather of ${count} x ${width}`, some * width);
    ops.gather(shape, read, dy.subarray(0, read.length), of, null, made);
  }

  const norm = { rows, size: d, epsilon: 1e-5 };
  const gain = draw.floats(d);
  ops.layerNorm(norm, x, gain, gain, result('norm', rows * d));
  grad.layerNorm(norm, x, gain, dy, result('norm.dx', rows * d), result('norm.dw', d), result('norm.db', d));

  const offsets = Int32Array.from([0, 17, 17, 300, rows]);
  const attention = { rows, sequences: 4, heads: 3, headSize: 32 };
  const k = draw.floats(rows * d);
  ops.attention(attention, offsets, x, k, dy, result('attention', rows * d));
  grad.attention(
    attention,
    offsets,
    x,
    k,
    dy,
    draw.floats(rows * d),
    result('attention.dq', rows * d),
    result('attention.dk', rows * d),
    result('attention.dv', rows * d),
  );

  const ids = draw.ids(rows, 50);
  grad.embedding({ rows, vocabulary: 50, size: d }, ids, dy, result('embedding', 50 * d));
  const targets = draw.ids(rows, 200);
  ops.crossEntropy({ rows, classes: 200 }, wide, targets, result('losses', rows));

  out.norm2 = optim.sumOfSquares(draw.floats(100_003));
  out.variation = optim.cellVariation(
    { tables: 40, bits: 5, out: d, bit: -1, scale: 0.1 },
    tables,
    result('variation.dt', tables.length),
  );

  // Few rows are split over columns, many over rows: each of several sizes.
  const run = (name: string, prepared: PreparedLinear | PreparedLookupFfn, width: number) => {
    for (const some of [1, 7, 40, rows]) {
      prepared.forward(some, x.subarray(0, some * d), result(`${name} ${some}`, some * width));
    }
    prepared.dispose();
  };
  const block = { hidden: d, out: d, tables: 40, bits: 5, projection: 'bh4', block: 8, stages: 3 } as const;
  const weights = {
    projectionWeight: weight,
    projectionBias: new Float32Array(200),
    tables,
    bias: gain,
    norm: { weight: gain, bias: gain, epsilon: 1e-5 },
  };
  const skip = draw.floats(d * d, 0.1);
  run('two-cell', prepare.lookupFfn({ ...block, read: 'two-cell' }, { ...weights, skip }), d);
  run(
    'int8 skip',
    prepare.lookupFfn({ ...block, read: 'single' }, { ...weights, skip }, { skipDtype: 'int8' }),
    d,
  );
  for (const tableDtype of ['int8', 'int4'] as const) {
    const options = { tableDtype, projectionDtype: 'bf16' } as const;
    run(tableDtype, prepare.lookupFfn({ ...block, read: 'single' }, weights, options), d);
  }
  run('int8 linear', prepare.linear({ in: d, out: 200, dtype: 'int8', activation: 'gelu' }, w, null), 200);
  return Object.fromEntries(Object.entries(out).map(([name, one]) => [name, bits(one)]));
}

describe.each(isas)('%s', (isa) => {
  const once = everything(backendOn(isa, 1));

  it('gives the same bits in a second run', () => {
    expect(everything(backendOn(isa, 1))).toEqual(once);
  });

  it.each([2, 3, 7])('gives the same bits on %i threads as on one', (threads) => {
    expect(everything(backendOn(isa, threads))).toEqual(once);
  });

  it.each([2, 7, 100])('gives the same bits in tiles of %i rows', (tileRows) => {
    expect(everything(createNativeBackend({ isa, threads: 2, tileRows }))).toEqual(once);
  });
});
