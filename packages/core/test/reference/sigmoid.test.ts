import { expect, it } from 'vitest';
import { logSigmoid, sigmoid } from '../../src/reference/sigmoid.js';

it('agree with their definitions on both sides of 0', () => {
  for (const x of [-20, -3, -0.5, 0, 0.5, 3, 20]) {
    expect(sigmoid(x)).toBeCloseTo(1 / (1 + Math.exp(-x)), 15);
    expect(logSigmoid(x)).toBeCloseTo(Math.log(1 / (1 + Math.exp(-x))), 12);
  }
});

it('keep their tails', () => {
  expect(sigmoid(-700) / Math.exp(-700)).toBeCloseTo(1, 12);
  expect(logSigmoid(50) / -Math.exp(-50)).toBeCloseTo(1, 12);
  expect(logSigmoid(-1e4)).toBe(-1e4);
  expect([sigmoid(1e5), sigmoid(-1e5), logSigmoid(1e5)]).toEqual([1, 0, -0]);
});

it('pass NaN on', () =>
  expect([sigmoid(Number.NaN), logSigmoid(Number.NaN)]).toEqual([Number.NaN, Number.NaN]));
