import { describe, expect, it, vi } from 'vitest';
import { projectionWeightLength } from '../../src/backend/check-prepared.js';
import { defineBackend } from '../../src/backend/define.js';
import type { PreparedLinear } from '../../src/backend/prepared.js';
import {
  type LookupFfnConfig,
  type LookupFfnWeights,
  lookupFfnGeometry,
  readModes,
} from '../../src/lookup-ffn/config.js';
import { Random } from '../../src/random.js';
import { createReferenceBackend } from '../../src/reference/factory.js';
import { normals } from '../reference/gradient-check.js';

const random = new Random(5);
const normal = (length: number) => Float32Array.from(normals(random, length));
const config: LookupFfnConfig = {
  hidden: 6,
  out: 5,
  tables: 4,
  bits: 3,
  projection: 'bh4',
  block: 4,
  stages: 2,
  read: 'single',
};

function weightsFor(of: LookupFfnConfig): LookupFfnWeights {
  const { codeBits, cells } = lookupFfnGeometry(of);
  return {
    norm: { weight: normal(of.hidden), bias: normal(of.hidden), epsilon: 1e-5 },
    projectionWeight: normal(projectionWeightLength(of)),
    projectionBias: normal(codeBits),
    tables: normal(of.tables * cells * of.out),
    bias: normal(of.out),
    skip: normal(of.out * of.hidden),
  };
}

const { ops, prepare } = createReferenceBackend();

describe('what is no object', () => {
  // biome-ignore lint/suspicious/noExplicitAny: the point is to pass what the types forbid.
  const bad = null as any;
  it.each([
    ['options', () => prepare.linear(bad, normal(4), null)],
    ['config', () => prepare.lookupFfn(bad, weightsFor(config))],
    ['weights', () => prepare.lookupFfn(config, bad)],
  ])('as %s is refused with a code', (name, call) => {
    expect(call).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(`${name} is null`),
      }),
    );
  });
});

describe('prepare.linear', () => {
  it('applies bias and activation, and keeps its own copy of the weights', () => {
    const weight = Float32Array.of(1, 2, 3, 4);
    const prepared = prepare.linear({ in: 2, out: 2, activation: 'gelu' }, weight, Float32Array.of(0, -5));
    weight.fill(0);
    const y = new Float32Array(2);
    prepared.forward(1, Float32Array.of(1, 1), y);
    const expected = new Float32Array(2);
    ops.gelu({ size: 2 }, Float32Array.of(3, 2), expected);
    expect(y).toEqual(expected);
    expect(prepared).toMatchObject({ bytes: 24, dtype: 'f32' });
    prepared.forward(0, new Float32Array(0), new Float32Array(0));
  });

  it.each([
    ['a wrong weight', () => prepare.linear({ in: 2, out: 2 }, new Float32Array(3), null), 'weight'],
    [
      'a wrong bias',
      () => prepare.linear({ in: 1, out: 2 }, new Float32Array(2), new Float32Array(1)),
      'bias',
    ],
    ['no inputs', () => prepare.linear({ in: 0, out: 2 }, new Float32Array(0), null), 'in is 0'],
  ])('refuses %s', (_, make, says) => {
    expect(make).toThrow(
      expect.objectContaining({ code: 'SHAPE_MISMATCH', message: expect.stringContaining(says) }),
    );
  });

  it('checks each forward, and refuses it after dispose', () => {
    const forward = vi.fn();
    const dispose = vi.fn();
    const inner: PreparedLinear = { bytes: 1, dtype: 'int8', forward, dispose };
    const backend = defineBackend({ name: 'own', prepare: { linear: () => inner } });
    const prepared = backend.prepare.linear({ in: 2, out: 1 }, new Float32Array(2), null);
    for (const [rows, x, y] of [
      [1, 3, 1],
      [1, 2, 2],
      [-1, 2, 1],
      [0.5, 1, 1],
      [2, 2, 1],
    ] as const) {
      expect(() => prepared.forward(rows, new Float32Array(x), new Float32Array(y))).toThrow(
        expect.objectContaining({ code: 'SHAPE_MISMATCH' }),
      );
    }
    expect(forward).not.toHaveBeenCalled();
    prepared.forward(1, new Float32Array(2), new Float32Array(1));
    expect(forward).toHaveBeenCalledTimes(1);
    prepared.dispose();
    prepared.dispose();
    expect(dispose).toHaveBeenCalledTimes(1);
    expect(() => prepared.forward(1, new Float32Array(2), new Float32Array(1))).toThrow(
      expect.objectContaining({ code: 'DISPOSED' }),
    );
  });
});

describe('prepare.lookupFfn', () => {
  it.each(readModes)('is norm, projection, %s read, gather and skip, for any number of rows', (read) => {
    const own = { ...config, read };
    const weights = weightsFor(own);
    const { hidden, out, tables, bits } = own;
    const { codeBits, cellsRead } = lookupFfnGeometry(own);
    const prepared = prepare.lookupFfn(own, weights);
    // Down and up again: scratch of an earlier, larger call must not show.
    for (const rows of [3, 1, 0, 5]) {
      const x = normal(rows * hidden);
      const normed = new Float32Array(x.length);
      ops.layerNorm(
        { rows, size: hidden, epsilon: 1e-5 },
        x,
        weights.norm!.weight,
        weights.norm!.bias,
        normed,
      );
      const z = new Float32Array(rows * codeBits);
      ops.project({ rows, ...own }, normed, weights.projectionWeight, weights.projectionBias, z);
      const cells = new Int32Array(rows * tables * cellsRead);
      const shares = new Float32Array(cells.length);
      ops.read({ rows, tables, bits, read }, z, {}, cells, shares);
      const [gathered, skipped] = [new Float32Array(rows * out), new Float32Array(rows * out)];
      ops.gather(
        { rows, tables, bits, cells: cellsRead, out },
        cells,
        shares,
        weights.tables,
        weights.bias,
        gathered,
      );
      ops.linear({ rows, in: hidden, out }, normed, weights.skip!, null, skipped);
      const y = new Float32Array(rows * out);
      prepared.forward(rows, x, y);
      expect(y).toEqual(gathered.map((value, i) => value + skipped[i]!));
    }
  });

  it.each(['projectionWeight', 'projectionBias', 'tables', 'bias', 'skip'] as const)(
    'refuses %s of another length',
    (key) => {
      const weights = { ...weightsFor(config), [key]: new Float32Array(1) };
      expect(() => prepare.lookupFfn(config, weights)).toThrow(
        expect.objectContaining({ code: 'SHAPE_MISMATCH', message: expect.stringContaining(key) }),
      );
    },
  );

  it.each([
    ['tau 0', { bits: 0 }],
    ['tau 31', { bits: 31 }],
    ['a block over the padded size', { block: 16 }],
    ['a block that is no power of two', { block: 3 }],
    ['five stages', { stages: 5 }],
    ['an unknown read', { read: 'triple' as never }],
    ['an unknown projection', { projection: 'sparse' as never }],
  ])('refuses %s', (_, change) => {
    expect(() => prepare.lookupFfn({ ...config, ...change }, weightsFor(config))).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG' }),
    );
  });

  it('refuses score parameters for a read that has none', () => {
    const weights = { ...weightsFor(config), temperature: new Float32Array(4).fill(1) };
    prepare.lookupFfn({ ...config, read: 'two-cell' }, weights);
    expect(() => prepare.lookupFfn({ ...config, read: 'full' }, weights)).toThrow(/no meaning/);
  });
});
