import { describe, expect, it } from 'vitest';
import { cellsRead, type ReadMode, readModes } from '../../src/lookup-ffn/config.js';
import { Random } from '../../src/random.js';
import type { Floats } from '../../src/reference/floats.js';
import { hash, hashGrad, read, readGrad } from '../../src/reference/read.js';
import type { Score } from '../../src/reference/score.js';
import { normals } from './gradient-check.js';

/** One row of one table, in float64. */
function readOne(mode: ReadMode, z: readonly number[], score: Score = {}) {
  const shape = { rows: 1, tables: 1, bits: z.length, read: mode };
  const cells = new Int32Array(cellsRead(mode, z.length));
  const weights = new Float64Array(cells.length);
  read(shape, Float64Array.from(z), score, cells, weights);
  return { cells: [...cells], weights: [...weights] };
}

function readGradOne(mode: ReadMode, z: readonly number[], dweights: readonly number[], score: Score = {}) {
  const dz = new Float64Array(z.length);
  const parameters = [0, 1, 2].map(() => new Float64Array(1)) as [Floats, Floats, Floats];
  const shape = { rows: 1, tables: 1, bits: z.length, read: mode };
  readGrad(shape, Float64Array.from(z), score, Float64Array.from(dweights), dz, ...parameters);
  return { dz: [...dz], parameters: parameters.map((p) => p[0]!) };
}

const sign = (cell: number, j: number, bits: number) => ((cell >> (bits - 1 - j)) & 1 ? 1 : -1);

/** Conventions 6, `full`, written as it stands there. */
function softmaxWeight(cell: number, z: readonly number[]): number {
  const bits = z.length;
  const p = z.reduce((product, v, j) => product / (1 + Math.exp(-2 * v * sign(cell, j, bits))), 1);
  return p * z.reduce((sum, v, j) => sum + v * sign(cell, j, bits), 0);
}

describe('code', () => {
  it('has bit 1 where z > 0, the first coordinate most significant', () => {
    expect(readOne('single', [1, -1, 2, -3]).cells).toEqual([0b1010]);
  });

  it('has bit 0 for 0, -0 and NaN', () => {
    expect(readOne('single', [0, -0, Number.NaN, 1]).cells).toEqual([0b0001]);
  });
});

describe('score', () => {
  it('is sum |z| over the product of 1 + exp(-2|z|)', () => {
    const z = [0.3, -1.2, 0.05];
    const product = z.reduce((p, v) => p * (1 + Math.exp(-2 * Math.abs(v))), 1);
    expect(readOne('single', z).weights[0]).toBeCloseTo(1.55 / product, 14);
  });

  it('takes beta and gamma of its own table', () => {
    const z = Float64Array.of(0.5, -1, 0.5, -1);
    const codes = new Int32Array(2);
    const scores = new Float64Array(2);
    const beta = Float64Array.of(2, 3);
    const gamma = Float64Array.of(1, 0.5);
    hash({ rows: 1, tables: 2, bits: 2 }, z, { beta, gamma }, codes, scores);
    const general = (b: number, g: number) => 1.5 * (1 / (1 + Math.exp(-b * 0.5)) / (1 + Math.exp(-b))) ** g;
    expect(scores[0]).toBeCloseTo(general(2, 1), 14);
    expect(scores[1]).toBeCloseTo(general(3, 0.5), 14);
  });

  it('is hash, and the single read', () => {
    const shape = { rows: 2, tables: 3, bits: 4 };
    const z = normals(new Random(3), 24);
    const [codes, cells] = [new Int32Array(6), new Int32Array(6)];
    const [scores, weights] = [new Float64Array(6), new Float64Array(6)];
    hash(shape, z, {}, codes, scores);
    read({ ...shape, read: 'single' }, z, {}, cells, weights);
    expect(cells).toEqual(codes);
    expect(weights).toEqual(scores);
  });
});

describe('three-cell and four-cell', () => {
  const z = [1, -0.25, 2, 0.5];
  const shares = (...margins: number[]) => {
    const powers = [1, ...margins.map((m) => Math.exp(-2 * m))];
    return powers.map((power) => power / powers.reduce((a, b) => a + b));
  };

  it.each([
    ['three-cell', [0b1011, 0b1111, 0b1010], [0.25, 0.5]],
    ['four-cell', [0b1011, 0b1111, 0b1010, 0b0011], [0.25, 0.5, 1]],
  ] as const)('%s shares the score with the cells across the nearest boundaries', (mode, cells, margins) => {
    const found = readOne(mode, z);
    const s = readOne('single', z).weights[0]!;
    expect(found.cells).toEqual(cells);
    for (const [i, share] of shares(...margins).entries())
      expect(found.weights[i]).toBeCloseTo(s * share, 14);
  });

  it('flip the first of equals first', () => {
    expect(readOne('four-cell', [1, 1, -1, 1]).cells).toEqual([0b1101, 0b0101, 0b1001, 0b1111]);
  });

  it('read one cell for each bit of a table that has fewer bits', () => {
    expect(readOne('four-cell', [0.5]).cells).toEqual([1, 0]);
    expect(readOne('four-cell', [0.5, -0.1]).cells).toEqual([0b10, 0b11, 0b00]);
    expect(readOne('four-cell', [0.5]).weights).toEqual(readOne('two-cell', [0.5]).weights);
  });
});

describe('two-cell', () => {
  it('shares the score with the cell across the nearest boundary', () => {
    const { cells, weights } = readOne('two-cell', [1, -0.25, 2]);
    const s = readOne('single', [1, -0.25, 2]).weights[0]!;
    const v = 1 / (1 + Math.exp(0.5));
    expect(cells).toEqual([0b101, 0b111]);
    expect(weights[0]).toBeCloseTo(s * (1 - v), 14);
    expect(weights[1]).toBeCloseTo(s * v, 14);
  });

  it('flips the first coordinate on a tie', () => {
    expect(readOne('two-cell', [1, 0.5, -0.5, 0.5]).cells).toEqual([0b1101, 0b1001]);
    expect(readOne('two-cell', [0, 0]).cells).toEqual([0b00, 0b10]);
  });

  it('divides the margin by the temperature', () => {
    const s = readOne('single', [0.6, 2]).weights[0]!;
    const { weights } = readOne('two-cell', [0.6, 2], { temperature: Float64Array.of(0.5) });
    expect(weights[1]).toBeCloseTo(s / (1 + Math.exp((2 * 0.6) / 0.5)), 14);
  });

  it('has no jump at the boundary', () => {
    const below = readOne('two-cell', [-1e-9, 1]);
    const above = readOne('two-cell', [1e-9, 1]);
    expect(below.cells).toEqual([...above.cells].reverse());
    expect(below.weights[0]).toBeCloseTo(above.weights[1]!, 8);
    expect(below.weights[1]).toBeCloseTo(above.weights[0]!, 8);
  });
});

describe('neighbours and full', () => {
  const z = [0.4, -1.1, 0.2, -0.7];

  it('full gives every cell in order with the weight of the conventions', () => {
    const { cells, weights } = readOne('full', z);
    expect(cells).toEqual(Array.from({ length: 16 }, (_, i) => i));
    for (let i = 0; i < 16; i++) expect(weights[i]).toBeCloseTo(softmaxWeight(i, z), 14);
  });

  it('neighbours are those terms of full within one bit of the code', () => {
    const { cells, weights } = readOne('neighbours', z);
    expect(cells).toEqual([0b1010, 0b0010, 0b1110, 0b1000, 0b1011]);
    for (let i = 0; i < 5; i++) expect(weights[i]).toBeCloseTo(softmaxWeight(cells[i]!, z), 14);
  });

  it('single is the largest term', () => {
    expect(readOne('single', z).weights[0]).toBeCloseTo(softmaxWeight(0b1010, z), 14);
  });
});

describe.each(readModes)('%s at the edges', (mode) => {
  const huge = [1e4, -1e4, 1e4, -1e4, 1e4, -1e4];
  const count = cellsRead(mode, 6);

  it('neither overflows nor loses the score for |z| = 1e4', () => {
    const { weights } = readOne(mode, huge);
    expect(weights.every(Number.isFinite)).toBe(true);
    expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(6e4, 6);
    const { dz, parameters } = readGradOne(mode, huge, new Array(count).fill(1));
    expect(dz).toEqual(huge.map(Math.sign));
    expect(parameters.every(Number.isFinite)).toBe(true);
  });

  it('keeps finite for tiny and mixed magnitudes', () => {
    const { weights } = readOne(mode, [1e-38, -1e4, 1e-3, 30, -700, 0]);
    expect(weights.every(Number.isFinite)).toBe(true);
  });

  it('passes NaN on to every weight, with cells in range', () => {
    for (let j = 0; j < 3; j++) {
      const z = [0.5, -1, 0.2];
      z[j] = Number.NaN;
      const { cells, weights } = readOne(mode, z);
      expect(weights.every(Number.isNaN)).toBe(true);
      expect(cells.every((cell) => cell >= 0 && cell < 8)).toBe(true);
      const { dz } = readGradOne(mode, z, new Array(cellsRead(mode, 3)).fill(1));
      expect(dz.every(Number.isNaN)).toBe(true);
    }
  });

  it('keeps a NaN in its own row and table', () => {
    const shape = { rows: 2, tables: 2, bits: 2, read: mode };
    const z = Float32Array.of(1, 2, Number.NaN, 4, 5, 6, 7, 8);
    const each = cellsRead(mode, 2);
    const weights = new Float32Array(4 * each);
    read(shape, z, {}, new Int32Array(4 * each), weights);
    expect([...weights].map((w, i) => Number.isNaN(w) === (Math.floor(i / each) === 1))).not.toContain(false);
  });

  it('takes no rows', () => {
    const shape = { rows: 0, tables: 2, bits: 3, read: mode };
    read(shape, new Float32Array(0), {}, new Int32Array(0), new Float32Array(0));
    const dbeta = Float32Array.of(5, 6);
    readGrad(shape, new Float32Array(0), {}, new Float32Array(0), new Float32Array(0), null, dbeta, null);
    expect([...dbeta]).toEqual([5, 6]);
  });
});

describe('z = 0', () => {
  it.each(['single', 'two-cell', 'neighbours'] as const)('%s has no gradient there: sign(0) is 0', (mode) => {
    const { dz } = readGradOne(mode, [0, 1], [1, 0.5, 0.25].slice(0, cellsRead(mode, 2)));
    expect(dz[0]).toBe(0);
    expect(dz[1]).not.toBe(0);
  });

  it('full is smooth there', () => {
    const [ahead, behind] = [readOne('full', [1e-5, 1]), readOne('full', [-1e-5, 1])];
    const { dz } = readGradOne('full', [0, 1], [1, 0, 0, 2]);
    const difference = (i: number) => (ahead.weights[i]! - behind.weights[i]!) / 2e-5;
    expect(dz[0]).toBeCloseTo(difference(0) + 2 * difference(3), 8);
  });

  it('the gradient of the score is the one of conventions 5', () => {
    const z = Float64Array.of(0.7, -0.3);
    const dz = new Float64Array(2);
    hashGrad({ rows: 1, tables: 1, bits: 2 }, z, {}, Float64Array.of(1), dz, null, null);
    const share = 1 / (1 + Math.exp(-1.4)) / (1 + Math.exp(-0.6));
    for (const j of [0, 1]) {
      const expected = Math.sign(z[j]!) * (share + (2 * share) / (1 + Math.exp(2 * Math.abs(z[j]!))));
      expect(dz[j]).toBeCloseTo(expected, 14);
    }
  });
});
