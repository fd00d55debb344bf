import { describe, expect, it } from 'vitest';
import { gradSignatures } from '../../src/backend/signatures.js';
import { cellsRead, nextPowerOfTwo, readModes, readsNearest } from '../../src/lookup-ffn/config.js';
import { Random } from '../../src/random.js';
import { attention, attentionGrad } from '../../src/reference/attention.js';
import { bh4, bh4Grad } from '../../src/reference/bh4.js';
import { cellVariation } from '../../src/reference/cell-variation.js';
import { crossEntropy, crossEntropyGrad } from '../../src/reference/cross-entropy.js';
import { embedding, embeddingGrad } from '../../src/reference/embedding.js';
import type { Floats } from '../../src/reference/floats.js';
import { gather, gatherGrad } from '../../src/reference/gather.js';
import { gelu, geluGrad } from '../../src/reference/gelu.js';
import { hadamard, hadamardGrad } from '../../src/reference/hadamard.js';
import { layerNorm, layerNormGrad } from '../../src/reference/layer-norm.js';
import { linear, linearGrad } from '../../src/reference/linear.js';
import { project, projectGrad } from '../../src/reference/project.js';
import { hash, hashGrad, read, readGrad } from '../../src/reference/read.js';
import { softmax, softmaxGrad } from '../../src/reference/softmax.js';
import { checkGradient, type Differentiable, type Inputs, normals } from './gradient-check.js';

const random = new Random(7);
const normal = (length: number, scale = 1) => normals(random, length, scale);
const output = (length: number, write: (y: Float64Array) => void): Float64Array => {
  const y = new Float64Array(length);
  write(y);
  return y;
};
/** Positive, around 1, different for each table. */
const positive = (length: number) => Float64Array.from({ length }, () => 0.5 + random.float());
/** Away from the kinks: every |z| above 0.1, and no two of a table within 0.01 of each other. */
function hashInputs(rows: number, tables: number, bits: number): Float64Array {
  const z = new Float64Array(rows * tables * bits);
  for (let at = 0; at < z.length; at += bits) {
    const sizes = Array.from({ length: bits }, (_, j) => 0.1 + 0.15 * (j + 0.9 * random.float()));
    for (let j = bits - 1; j > 0; j--) {
      const other = random.below(j + 1);
      [sizes[j], sizes[other]] = [sizes[other]!, sizes[j]!];
    }
    for (let j = 0; j < bits; j++) z[at + j] = (random.below(2) ? 1 : -1) * sizes[j]!;
  }
  return z;
}

const rowsShape = { rows: 3, size: 8 };
const linearShape = { rows: 3, in: 5, out: 4 };
const flat = { size: 40 };

/** Cases by the operation they check; the last test holds this list against the list of signatures. */
const cases: Record<string, Record<string, Differentiable>> = {
  hadamard: {
    '3 x 8': {
      inputs: { x: normal(24) },
      run: ({ x }) => output(24, (y) => hadamard(rowsShape, x!, y)),
      grad: (_, dy, { x }) => hadamardGrad(rowsShape, dy, x!),
    },
  },
  bh4: Object.fromEntries(
    [
      { rows: 2, hidden: 5, block: 4, stages: 3, repeats: 2 },
      { rows: 3, hidden: 8, block: 1, stages: 4, repeats: 1 },
      { rows: 1, hidden: 1, block: 1, stages: 1, repeats: 3 },
    ].map((shape) => {
      const padded = nextPowerOfTwo(shape.hidden);
      const weights = shape.repeats * shape.stages * padded * shape.block;
      const op: Differentiable = {
        inputs: { x: normal(shape.rows * shape.hidden), weight: normal(weights, 0.5) },
        run: ({ x, weight }) =>
          output(shape.rows * shape.repeats * padded, (y) => bh4(shape, x!, weight!, y)),
        grad: ({ x, weight }, dy, d) => bh4Grad(shape, x!, weight!, dy, d.x!, d.weight!),
      };
      return [JSON.stringify(shape), op];
    }),
  ),
  project: Object.fromEntries(
    (
      [
        // 15 of 16 coordinates: the last repeat is cut.
        { rows: 2, projection: 'bh4', hidden: 6, tables: 5, bits: 3, block: 2, stages: 2 },
        // Fewer coordinates than P.
        { rows: 2, projection: 'bh4', hidden: 7, tables: 1, bits: 3, block: 8, stages: 1 },
        { rows: 3, projection: 'dense', hidden: 6, tables: 2, bits: 3, block: 0, stages: 0 },
      ] as const
    ).map((shape) => {
      const width = shape.tables * shape.bits;
      const padded = nextPowerOfTwo(shape.hidden);
      const weights =
        shape.projection === 'dense'
          ? width * shape.hidden
          : Math.ceil(width / padded) * shape.stages * padded * shape.block;
      const op: Differentiable = {
        inputs: { x: normal(shape.rows * shape.hidden), weight: normal(weights, 0.5), bias: normal(width) },
        run: ({ x, weight, bias }) =>
          output(shape.rows * width, (z) => project(shape, x!, weight!, bias!, z)),
        grad: ({ x, weight }, dz, d) => projectGrad(shape, x!, weight!, dz, d.x!, d.weight!, d.bias!),
      };
      return [JSON.stringify(shape), op];
    }),
  ),
  hash: Object.fromEntries(
    [1, 4].map((bits) => {
      const shape = { rows: 3, tables: 2, bits };
      const op: Differentiable = {
        inputs: { z: hashInputs(3, 2, bits), beta: positive(2), gamma: positive(2) },
        run: ({ z, beta, gamma }) =>
          output(6, (scores) => hash(shape, z!, { beta, gamma }, new Int32Array(6), scores)),
        grad: ({ z, beta, gamma }, ds, d) =>
          hashGrad(shape, z!, { beta, gamma }, ds, d.z!, d.beta!, d.gamma!),
      };
      return [`tau ${bits}`, op];
    }),
  ),
  read: Object.fromEntries(
    readModes.flatMap((mode) =>
      [1, 2, 5].map((bits) => {
        const shape = { rows: 3, tables: 2, bits, read: mode };
        const count = 6 * cellsRead(mode, bits);
        const learned: Inputs = readsNearest(mode)
          ? { temperature: positive(2), beta: positive(2), gamma: positive(2) }
          : mode === 'single'
            ? { beta: positive(2), gamma: positive(2) }
            : {};
        const op: Differentiable = {
          inputs: { z: hashInputs(3, 2, bits), ...learned },
          run: ({ z, ...score }) =>
            output(count, (weights) => read(shape, z!, score, new Int32Array(count), weights)),
          grad: ({ z, ...score }, dw, d) =>
            readGrad(shape, z!, score, dw, d.z!, d.temperature ?? null, d.beta ?? null, d.gamma ?? null),
        };
        return [`${mode}, tau ${bits}`, op];
      }),
    ),
  ),
  gather: {
    // The first two rows read the same cells, so their gradients meet.
    'shared cells': (() => {
      const shape = { rows: 3, tables: 2, bits: 2, cells: 2, out: 3 };
      const cells = Int32Array.from([0, 1, 3, 2, 0, 1, 3, 2, 2, 2, 1, 0]);
      return {
        inputs: { weights: normal(12), tables: normal(24), bias: normal(3) },
        run: ({ weights, tables, bias }) =>
          output(9, (y) => gather(shape, cells, weights!, tables!, bias!, y)),
        grad: ({ weights, tables }, dy, d) =>
          gatherGrad(shape, cells, weights!, tables!, dy, d.weights!, d.tables!, d.bias!),
      } satisfies Differentiable;
    })(),
  },
  layerNorm: Object.fromEntries(
    [1e-5, 0.3].map((epsilon) => {
      const shape = { ...rowsShape, epsilon };
      const op: Differentiable = {
        inputs: { x: normal(24), weight: normal(8), bias: normal(8) },
        run: ({ x, weight, bias }) => output(24, (y) => layerNorm(shape, x!, weight!, bias!, y)),
        grad: ({ x, weight }, dy, d) => layerNormGrad(shape, x!, weight!, dy, d.x!, d.weight!, d.bias!),
      };
      return [`epsilon ${epsilon}`, op];
    }),
  ),
  linear: {
    '3 x 5 x 4': {
      inputs: { x: normal(15), weight: normal(20), bias: normal(4) },
      run: ({ x, weight, bias }) => output(12, (y) => linear(linearShape, x!, weight!, bias!, y)),
      grad: ({ x, weight }, dy, d) => linearGrad(linearShape, x!, weight!, dy, d.x!, d.weight!, d.bias!),
    },
  },
  gelu: {
    '-4 to 4': {
      inputs: { x: Float64Array.from({ length: 40 }, (_, i) => (i - 20) / 5 + 0.01) },
      run: ({ x }) => output(40, (y) => gelu(flat, x!, y)),
      grad: ({ x }, dy, d) => geluGrad(flat, x!, dy, d.x!),
    },
  },
  softmax: {
    '3 x 8': {
      inputs: { x: normal(24) },
      run: ({ x }) => output(24, (y) => softmax(rowsShape, x!, y)),
      grad: ({ x }, dy, d) => {
        const y = output(24, (to) => softmax(rowsShape, x!, to));
        softmaxGrad(rowsShape, y, dy, d.x!);
      },
    },
  },
  attention: {
    'packed, one empty': (() => {
      const shape = { rows: 6, sequences: 4, heads: 2, headSize: 3 };
      const offsets = Int32Array.from([0, 2, 2, 5, 6]);
      return {
        inputs: { q: normal(36), k: normal(36), v: normal(36) },
        run: ({ q, k, v }) => output(36, (y) => attention(shape, offsets, q!, k!, v!, y)),
        grad: ({ q, k, v }, dy, d) => attentionGrad(shape, offsets, q!, k!, v!, dy, d.q!, d.k!, d.v!),
        nullable: false,
      } satisfies Differentiable;
    })(),
  },
  embedding: {
    'an id twice': (() => {
      const shape = { rows: 4, vocabulary: 5, size: 3 };
      const ids = Int32Array.from([4, 0, 4, 2]);
      return {
        inputs: { table: normal(15) },
        run: ({ table }) => output(12, (y) => embedding(shape, ids, table!, y)),
        grad: (_, dy, d) => embeddingGrad(shape, ids, dy, d.table!),
      } satisfies Differentiable;
    })(),
  },
  crossEntropy: {
    '3 x 5': (() => {
      const shape = { rows: 3, classes: 5 };
      const targets = Int32Array.from([4, 0, 2]);
      return {
        inputs: { logits: normal(15, 2) },
        run: ({ logits }) => output(3, (losses) => crossEntropy(shape, logits!, targets, losses)),
        grad: ({ logits }, dy, d) => crossEntropyGrad(shape, logits!, targets, dy, d.logits!),
      } satisfies Differentiable;
    })(),
  },
};

for (const [name, group] of Object.entries(cases)) {
  describe(`gradient of ${name}`, () => {
    for (const [title, op] of Object.entries(group)) it(title, () => checkGradient(op));
  });
}

describe('gradient of cellVariation', () => {
  for (const bit of [-1, 0, 2]) {
    it(`bit ${bit}`, () => {
      const shape = { tables: 2, bits: 3, out: 2, bit, scale: 0.7 };
      checkGradient({
        inputs: { tables: normal(32) },
        run: ({ tables }) => Float64Array.of(shape.scale * cellVariation(shape, tables!, null)),
        grad: ({ tables }, dy, d) => {
          cellVariation({ ...shape, scale: shape.scale * dy[0]! }, tables!, d.tables!);
        },
      });
    });
  }
});

describe('the gradient check itself', () => {
  const op = cases.layerNorm!['epsilon 0.3']!;

  it('covers every backward operation', () => {
    expect(Object.keys(cases).sort()).toEqual(Object.keys(gradSignatures).sort());
  });

  /** Wraps a backward pass so that what it adds is changed. */
  const altered = (change: (gradient: number) => number): Differentiable => ({
    ...op,
    grad(inputs, dy, wanted) {
      const before = Object.fromEntries(Object.entries(wanted).map(([name, d]) => [name, d?.slice()]));
      op.grad(inputs, dy, wanted);
      for (const [name, d] of Object.entries(wanted)) {
        d?.forEach((value: number, i: number, all: Floats) => {
          const start = before[name]![i]!;
          all[i] = start + change(value - start);
        });
      }
    },
  });

  it('accepts the right gradient', () => checkGradient(altered((g) => g)));
  it('refuses a wrong sign', () => expect(() => checkGradient(altered((g) => -g))).toThrow(/differences/));
  it('refuses a factor of 1.00001', () => expect(() => checkGradient(altered((g) => g * 1.00001))).toThrow());
  it('refuses NaN', () => expect(() => checkGradient(altered(() => Number.NaN))).toThrow());
  it('refuses overwriting instead of adding', () => {
    const overwriting: Differentiable = {
      ...op,
      grad(inputs, dy, wanted) {
        for (const d of Object.values(wanted)) d?.fill(0);
        op.grad(inputs, dy, wanted);
      },
    };
    expect(() => checkGradient(overwriting)).toThrow();
  });
});
