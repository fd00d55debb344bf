import type { AdamWShape, CellVariationShape } from '@lookupffn/core';
import { type ConformanceCase, makeCase } from '../case.js';
import { normals, randomFor } from '../inputs.js';
import { getOracle } from '../oracle.js';
import { GRADIENT_FACTOR, SUM_OF_SQUARES_TOLERANCE } from '../tolerances.js';

function adamwCase(shape: AdamWShape): ConformanceCase {
  const label = `size=${shape.size} step=${shape.step} decay=${shape.weightDecay} scale=${shape.gradientScale}`;
  return makeCase('optim', 'optim.adamw', label, (backend, findings, name) => {
    const random = randomFor(name);
    const { size } = shape;
    // The first step starts from nothing; later ones from moments as training leaves them.
    const moment = shape.step === 1 ? 0 : 0.1;
    const start = [
      normals(random, size, 0.1),
      normals(random, size, 0.5),
      normals(random, size, moment),
      normals(random, size, moment).map((x) => x * x),
    ] as const;
    const copies = () => start.map((array) => array.slice()) as unknown as typeof start;
    const expected = copies();
    const actual = copies();
    getOracle().optim.adamw(shape, ...expected);
    backend.optim.adamw(shape, ...actual);
    findings.same('gradient was changed', actual[1], start[1]);
    for (const [i, label] of [
      [0, 'parameter'],
      [2, 'm'],
      [3, 'v'],
    ] as const) {
      findings.close(label, actual[i], expected[i], backend.info.tolerance);
    }
  });
}

// A large learning rate, so that a wrong update shows beside the parameter it is added to.
const adamw = { learningRate: 0.1, beta1: 0.9, beta2: 0.98, epsilon: 1e-6 };
const adamwCases = [
  { size: 0, step: 1, weightDecay: 0, gradientScale: 1 },
  { size: 1, step: 1, weightDecay: 0.01, gradientScale: 1 },
  { size: 3, step: 2, weightDecay: 0, gradientScale: 0.25 },
  { size: 17, step: 10, weightDecay: 0.1, gradientScale: 1 },
  { size: 1027, step: 1, weightDecay: 0.01, gradientScale: 0.5 },
  { size: 20_011, step: 100_000, weightDecay: 0.01, gradientScale: 2 },
].map((shape) => adamwCase({ ...adamw, ...shape }));

const sumOfSquaresCases = [0, 1, 3, 17, 100_003].map((size) =>
  makeCase('optim', 'optim.sumOfSquares', `size=${size}`, (backend, findings, name) => {
    const x = normals(randomFor(name), size);
    const before = x.slice();
    const actual = backend.optim.sumOfSquares(x);
    const expected = getOracle().optim.sumOfSquares(x);
    findings.close('sum', Float64Array.of(actual), Float64Array.of(expected), SUM_OF_SQUARES_TOLERANCE);
    findings.same('x was changed', x, before);
    findings.same('a second sum', Float64Array.of(backend.optim.sumOfSquares(x)), Float64Array.of(actual));
  }),
);

function cellVariationCase(shape: CellVariationShape): ConformanceCase {
  const label = `tables=${shape.tables} bits=${shape.bits} out=${shape.out} bit=${shape.bit}`;
  return makeCase('optim', 'optim.cellVariation', label, (backend, findings, name) => {
    const tables = normals(randomFor(name), shape.tables * 2 ** shape.bits * shape.out);
    const before = tables.slice();
    const expected = new Float32Array(tables.length);
    const actual = new Float32Array(tables.length);
    const loss = getOracle().optim.cellVariation(shape, tables, expected);
    const found = backend.optim.cellVariation(shape, tables, actual);
    const { tolerance } = backend.info;
    findings.close('loss', Float64Array.of(found), Float64Array.of(loss), tolerance);
    findings.close('dtables', actual, expected, tolerance * GRADIENT_FACTOR);
    const withoutGradient = backend.optim.cellVariation(shape, tables, null);
    findings.close('loss alone', Float64Array.of(withoutGradient), Float64Array.of(loss), tolerance);
    // Added to what is there: once more over the same array doubles it.
    backend.optim.cellVariation(shape, tables, actual);
    const twice = expected.map((x) => 2 * x);
    findings.close('dtables twice', actual, twice, tolerance * GRADIENT_FACTOR);
    findings.same('tables were changed', tables, before);
  });
}

const cellVariationCases = [
  { tables: 1, bits: 1, out: 1, bit: -1 },
  { tables: 3, bits: 4, out: 7, bit: -1 },
  { tables: 3, bits: 4, out: 7, bit: 0 },
  { tables: 3, bits: 4, out: 12, bit: 3 },
  { tables: 2, bits: 8, out: 96, bit: 5 },
].map((shape) => cellVariationCase({ ...shape, scale: 3 }));

export const optimCases: readonly ConformanceCase[] = [
  ...adamwCases,
  ...sumOfSquaresCases,
  ...cellVariationCases,
];
