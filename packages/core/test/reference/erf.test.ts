import { expect, it } from 'vitest';
import { erf, erfc } from '../../src/reference/erf.js';
import { gelu, geluGrad } from '../../src/reference/gelu.js';

// To 17 digits from 40-digit arithmetic (mpmath.erf, mpmath.erfc), on both sides of where the formulas change.
const known: readonly (readonly [x: number, erf: number, erfc: number])[] = [
  [-6, -1, 2],
  [-2.5, -0.999593047982555, 1.999593047982555],
  [-1, -0.8427007929497149, 1.8427007929497148],
  [-0.25, -0.27632639016823696, 1.276326390168237],
  [1e-8, 1.1283791670955126e-8, 0.9999999887162083],
  [0.1, 0.1124629160182849, 0.887537083981715],
  [0.5, 0.5204998778130465, 0.4795001221869535],
  [0.9, 0.7969082124228322, 0.20309178757716786],
  [1, 0.8427007929497149, 0.15729920705028513],
  [1.5, 0.9661051464753108, 0.033894853524689274],
  [1.99, 0.995111413199617, 0.004888586800383003],
  [2, 0.9953222650189527, 0.004677734981047266],
  [2.01, 0.9955248493552482, 0.004475150644751763],
  [3, 0.9999779095030014, 2.209049699858544e-5],
  [4.5, 0.9999999998033839, 1.9661604415428876e-10],
  [8, 1, 1.1224297172982926e-29],
  [15, 1, 7.212994172451207e-100],
  [26, 1, 5.663192408856143e-296],
];

it.each(known)('erf and erfc of %d to 2e-15', (x, expectedErf, expectedErfc) => {
  expect(Math.abs(erf(x) / expectedErf - 1)).toBeLessThan(2e-15);
  expect(Math.abs(erfc(x) / expectedErfc - 1)).toBeLessThan(2e-15);
});

it('has the limits, and passes NaN on', () => {
  const { POSITIVE_INFINITY: infinity, NaN: nan } = Number;
  expect([erf(0), erf(infinity), erf(-infinity), erf(nan)]).toEqual([0, 1, -1, nan]);
  expect([erfc(0), erfc(infinity), erfc(-infinity), erfc(nan)]).toEqual([1, 0, 2, nan]);
});

// x Phi(x) and its derivative, the same way.
const knownGelu: readonly (readonly [x: number, y: number, dy: number])[] = [
  [-30, -1.472014178144456e-196, -4.416031690708495e-195],
  [-8, -4.976768459417427e-15, -3.979607261086796e-14],
  [-3, -0.0040496940948902835, -0.011945647204183927],
  [-1, -0.15865525393145705, -0.0833154705876863],
  [-0.5, -0.15426876936299344, 0.13250487534383715],
  [0.25, 0.14967658142073093, 0.695373354883636],
  [1, 0.8413447460685429, 1.0833154705876864],
  [2.5, 2.4844758366855597, 1.037611085908145],
  [6, 5.999999994080474, 1.0000000354687095],
  [100, 100, 1],
];

it.each(knownGelu)('GELU of %d, tail included', (x, y, dy) => {
  const value = new Float64Array(1);
  const slope = new Float64Array(1);
  gelu({ size: 1 }, Float64Array.of(x), value);
  geluGrad({ size: 1 }, Float64Array.of(x), Float64Array.of(1), slope);
  // Rounding x / sqrt 2 alone costs the tail x^2 ulps.
  expect(Math.abs(value[0]! / y - 1)).toBeLessThan(5e-15 + x * x * 2e-16);
  // Far left Phi and x phi cancel to a hundredth of either.
  expect(Math.abs(slope[0]! / dy - 1)).toBeLessThan(1e-12);
});
