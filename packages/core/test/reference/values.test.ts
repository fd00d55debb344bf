import { describe, expect, it } from 'vitest';
import { Random } from '../../src/random.js';
import {
  referenceGrad as grad,
  referenceOps as ops,
  referenceOptim as optim,
} from '../../src/reference/ops.js';
import { normals } from './gradient-check.js';

const random = new Random(11);
const f32 = (...values: number[]) => Float32Array.from(values);
const normal = (length: number) => Float32Array.from(normals(random, length));
const zeros = (length: number) => new Float32Array(length);

function expectClose(found: Float32Array, expected: ArrayLike<number>, digits = 5): void {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < found.length; i++) expect(found[i]).toBeCloseTo(expected[i]!, digits);
}

/** Sylvester's H by its definition: the sign is the parity of the bits that row and column share. */
function sylvester(row: number, column: number): number {
  let parity = 0;
  for (let both = row & column; both > 0; both >>= 1) parity ^= both & 1;
  return parity ? -1 : 1;
}

describe('hadamard', () => {
  it.each([1, 2, 8, 32])('is the product with H of size %d, in place too', (size) => {
    const x = normal(2 * size);
    const expected = Array.from({ length: 2 * size }, (_, at) => {
      const row = Math.floor(at / size) * size;
      let sum = 0;
      for (let i = 0; i < size; i++) sum += sylvester(at - row, i) * x[row + i]!;
      return sum;
    });
    const y = zeros(2 * size);
    ops.hadamard({ rows: 2, size }, x, y);
    expectClose(y, expected);
    ops.hadamard({ rows: 2, size }, x, x);
    expect(x).toEqual(y);
  });
});

describe('bh4 and project', () => {
  // d = 3 padded to 4, blocks of 2; the weights are numbered so that a transposed block would show.
  const shape = { rows: 1, hidden: 3, block: 2, stages: 1, repeats: 2 };
  const x = f32(1, 2, 3);
  const weight = Float32Array.from({ length: 16 }, (_, i) => i + 1);
  // Blocks [[1,2],[3,4]] and [[5,6],[7,8]] on (1,2) and (3,0): 5, 11, 15, 21; then H_4; the second repeat likewise.
  const products = [5, 11, 15, 21, 9 + 20, 11 + 24, 39, 45];
  const expected = products.map((_, at) => {
    const repeat = at - (at % 4);
    return [0, 1, 2, 3].reduce((sum, i) => sum + sylvester(at % 4, i) * products[repeat + i]!, 0);
  });

  it('multiplies blocks as [out, in], then transforms over all of P', () => {
    const y = zeros(8);
    ops.bh4(shape, x, weight, y);
    expectClose(y, expected);
  });

  it('project mixes 0.7 and 0.3, cuts to h*tau and adds the bias', () => {
    const bias = f32(0.5, 0, 0, 0, 0, -1);
    const z = zeros(6);
    const projection = {
      rows: 1,
      projection: 'bh4',
      hidden: 3,
      tables: 2,
      bits: 3,
      block: 2,
      stages: 1,
    } as const;
    ops.project(projection, x, weight, bias, z);
    const padded = [1, 2, 3, 0, 1, 2];
    expectClose(
      z,
      padded.map((v, i) => 0.7 * expected[i]! + 0.3 * v + bias[i]!),
    );
  });

  it('stages follow one another', () => {
    const weights = normal(2 * 4 * 2);
    const one = { rows: 2, hidden: 4, block: 2, stages: 1, repeats: 1 };
    const input = normal(8);
    const [between, twice, both] = [zeros(8), zeros(8), zeros(8)];
    ops.bh4(one, input, weights.subarray(0, 8), between);
    ops.bh4(one, between, weights.subarray(8), twice);
    ops.bh4({ ...one, stages: 2 }, input, weights, both);
    expectClose(both, twice);
  });
});

describe('layerNorm, linear, gather, embedding, add', () => {
  it('layerNorm uses the biased variance, and may write over its input', () => {
    const x = f32(1, 2, 3, 6);
    // mean 3, variance 14/4.
    const scale = 1 / Math.sqrt(3.5 + 0.5);
    ops.layerNorm({ rows: 1, size: 4, epsilon: 0.5 }, x, f32(1, 2, 1, 1), f32(0, 0, 1, 0), x);
    expectClose(x, [-2 * scale, -2 * scale, 1, 3 * scale]);
  });

  it('layerNorm keeps a small spread on a large offset', () => {
    const y = zeros(2);
    ops.layerNorm({ rows: 1, size: 2, epsilon: 0 }, f32(1e6, 1e6 + 1), f32(1, 1), f32(0, 0), y);
    expectClose(y, [-1, 1]);
  });

  it('linear is x W^T + bias, with or without bias', () => {
    const shape = { rows: 2, in: 2, out: 3 };
    const y = zeros(6);
    ops.linear(shape, f32(1, 2, 3, 4), f32(1, 0, 0, 1, 1, 1), f32(10, 20, 30), y);
    expect([...y]).toEqual([11, 22, 33, 13, 24, 37]);
    ops.linear(shape, f32(1, 2, 3, 4), f32(1, 0, 0, 1, 1, 1), null, y);
    expect([...y]).toEqual([1, 2, 3, 3, 4, 7]);
  });

  it('gather weighs cells of every table', () => {
    const tables = f32(1, 2, 3, 4, 10, 20, 30, 40);
    const shape = { rows: 1, tables: 2, bits: 1, cells: 2, out: 2 };
    const y = zeros(2);
    ops.gather(shape, Int32Array.of(1, 0, 0, 0), f32(1, 0.5, 2, 1), tables, f32(100, 0), y);
    expect([...y]).toEqual([100 + 3 + 0.5 + 30, 4 + 1 + 60]);
  });

  it('embedding copies rows, add adds in place', () => {
    const y = zeros(4);
    ops.embedding({ rows: 2, vocabulary: 3, size: 2 }, Int32Array.of(2, 0), f32(1, 2, 3, 4, 5, 6), y);
    expect([...y]).toEqual([5, 6, 1, 2]);
    ops.add({ size: 4 }, y, y, y);
    expect([...y]).toEqual([10, 12, 2, 4]);
  });
});

describe('softmax and crossEntropy', () => {
  it('agree with their definitions', () => {
    const y = zeros(3);
    ops.softmax({ rows: 1, size: 3 }, f32(1, 2, 3), y);
    const total = Math.E + Math.E ** 2 + Math.E ** 3;
    expectClose(y, [Math.E / total, Math.E ** 2 / total, Math.E ** 3 / total], 6);
    const losses = zeros(1);
    ops.crossEntropy({ rows: 1, classes: 3 }, f32(1, 2, 3), Int32Array.of(1), losses);
    expect(losses[0]).toBeCloseTo(Math.log(total) - 2, 6);
  });

  it('do not overflow', () => {
    const x = f32(1e30, -1e30, 1e30);
    const losses = zeros(1);
    ops.crossEntropy({ rows: 1, classes: 3 }, x, Int32Array.of(0), losses);
    expect(losses[0]).toBeCloseTo(Math.LN2, 6);
    ops.softmax({ rows: 1, size: 3 }, x, x);
    expect([...x]).toEqual([0.5, 0, 0.5]);
  });

  it('pass NaN on within its row only', () => {
    const y = zeros(4);
    ops.softmax({ rows: 2, size: 2 }, f32(Number.NaN, 0, 0, 0), y);
    expect([...y]).toEqual([Number.NaN, Number.NaN, 0.5, 0.5]);
  });
});

describe('attention', () => {
  const shape = { rows: 5, sequences: 3, heads: 2, headSize: 3 };
  const [q, k, v] = [normal(30), normal(30), normal(30)];

  it('is softmax(q k^T / sqrt(d)) v for each head of each sequence, empty ones skipped', () => {
    const y = zeros(30);
    const offsets = Int32Array.of(0, 3, 3, 5);
    ops.attention(shape, offsets, q, k, v, y);
    const expected = new Float64Array(30);
    for (const [first, last] of [
      [0, 3],
      [3, 5],
    ] as const) {
      for (let head = 0; head < 2; head++) {
        for (let i = first; i < last; i++) {
          const start = (r: number) => (r * 2 + head) * 3;
          const shares: number[] = [];
          for (let j = first; j < last; j++) {
            let dot = 0;
            for (let c = 0; c < 3; c++) dot += q[start(i) + c]! * k[start(j) + c]!;
            shares.push(Math.exp(dot / Math.sqrt(3)));
          }
          const total = shares.reduce((a, b) => a + b, 0);
          for (let j = first; j < last; j++) {
            for (let c = 0; c < 3; c++) {
              expected[start(i) + c]! += (shares[j - first]! / total) * v[start(j) + c]!;
            }
          }
        }
      }
    }
    expectClose(y, expected);
  });

  it('of a sequence of one is its value', () => {
    const y = zeros(30);
    ops.attention({ ...shape, sequences: 5 }, Int32Array.of(0, 1, 2, 3, 4, 5), q, k, v, y);
    expect(y).toEqual(v);
  });
});

describe('optimiser operations', () => {
  it('adamw follows two steps by hand', () => {
    const shape = {
      size: 1,
      learningRate: 0.1,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-3,
      weightDecay: 0.05,
      gradientScale: 0.5,
    };
    const [p, m, v] = [f32(2), zeros(1), zeros(1)];
    let [expected, first, second] = [2, 0, 0];
    for (const [step, gradient] of [
      [1, 4],
      [2, -1],
    ] as const) {
      optim.adamw({ ...shape, step }, p, f32(gradient), m, v);
      const g = 0.5 * gradient;
      first = 0.9 * first + 0.1 * g;
      second = 0.99 * second + 0.01 * g * g;
      const update = first / (1 - 0.9 ** step) / (Math.sqrt(second / (1 - 0.99 ** step)) + 1e-3);
      expected -= 0.1 * (update + 0.05 * expected);
      expectClose(p, [expected], 6);
      expectClose(m, [first], 6);
      expectClose(v, [second], 6);
    }
  });

  it('sumOfSquares adds in float64', () => {
    // In float32 the ones would vanish beside 2^24 squared.
    const x = new Float32Array(1001).fill(1);
    x[0] = 2 ** 24;
    expect(optim.sumOfSquares(x)).toBe(2 ** 48 + 1000);
    expect(optim.sumOfSquares(zeros(0))).toBe(0);
  });

  it('cellVariation is the mean over the bits asked for, most significant first', () => {
    const tables = f32(0, 1, 10, 11);
    const shape = { tables: 1, bits: 2, out: 1, scale: 1 };
    expect(optim.cellVariation({ ...shape, bit: 0 }, tables, null)).toBe(100);
    expect(optim.cellVariation({ ...shape, bit: 1 }, tables, null)).toBe(1);
    expect(optim.cellVariation({ ...shape, bit: -1 }, tables, null)).toBe(50.5);
    const dtables = f32(7, 0, 0, 0);
    optim.cellVariation({ ...shape, bit: 1, scale: 2 }, tables, dtables);
    expect([...dtables]).toEqual([7 - 2, 2, -2, 2]);
  });
});

describe('no rows', () => {
  const none = zeros(0);
  const ids = new Int32Array(0);

  it('every operation takes them, and gradients of weights stay as they were', () => {
    const weight = f32(1, 2, 3, 4);
    const kept = () => f32(5, 6, 7, 8);
    const bias = f32(1, 1);
    ops.hadamard({ rows: 0, size: 4 }, none, none);
    ops.bh4({ rows: 0, hidden: 2, block: 2, stages: 1, repeats: 1 }, none, weight, none);
    ops.linear({ rows: 0, in: 2, out: 2 }, none, weight, bias, none);
    ops.layerNorm({ rows: 0, size: 2, epsilon: 1e-5 }, none, bias, bias, none);
    ops.gelu({ size: 0 }, none, none);
    ops.softmax({ rows: 0, size: 2 }, none, none);
    ops.embedding({ rows: 0, vocabulary: 2, size: 2 }, ids, weight, none);
    ops.crossEntropy({ rows: 0, classes: 2 }, none, ids, none);
    ops.gather({ rows: 0, tables: 1, bits: 1, cells: 1, out: 2 }, ids, none, weight, null, none);
    const attention = { rows: 0, sequences: 2, heads: 1, headSize: 2 };
    ops.attention(attention, new Int32Array(3), none, none, none, none);
    grad.attention(attention, new Int32Array(3), none, none, none, none, none, none, none);

    const [a, b, c, d] = [kept(), kept(), kept(), kept()];
    grad.bh4({ rows: 0, hidden: 2, block: 2, stages: 1, repeats: 1 }, none, weight, none, none, a);
    grad.linear({ rows: 0, in: 2, out: 2 }, none, weight, none, none, b, null);
    grad.embedding({ rows: 0, vocabulary: 2, size: 2 }, ids, none, c);
    grad.gather({ rows: 0, tables: 1, bits: 1, cells: 1, out: 2 }, ids, none, weight, none, none, d, null);
    for (const untouched of [a, b, c, d]) expect(untouched).toEqual(kept());
  });
});

describe('NaN goes through', () => {
  it('from one row of x to that row alone', () => {
    const projection = {
      rows: 2,
      projection: 'bh4',
      hidden: 4,
      tables: 2,
      bits: 2,
      block: 2,
      stages: 2,
    } as const;
    const x = normal(8);
    x[1] = Number.NaN;
    const z = zeros(8);
    ops.project(projection, x, normal(16), zeros(4), z);
    expect([...z].map(Number.isNaN)).toEqual([true, true, true, true, false, false, false, false]);
    const y = zeros(4);
    ops.gelu({ size: 4 }, z.subarray(2, 6), y);
    expect([...y].map(Number.isNaN)).toEqual([true, true, false, false]);
  });
});
