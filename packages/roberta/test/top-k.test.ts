import { Random } from '@lookupffn/core';
import { describe, expect, it } from 'vitest';
import { topK } from '../src/session/top-k.js';

describe('topK', () => {
  it('is the head of a stable sort, ties and all', () => {
    const random = new Random(5);
    for (const [length, levels] of [
      [1, 1],
      [4, 1],
      [7, 2],
      [50, 4],
      [300, 1000],
    ] as const) {
      const values = Float32Array.from({ length }, () => random.below(levels) - levels / 2);
      const sorted = Array.from(values.keys()).sort((a, b) => values[b]! - values[a]! || a - b);
      for (const k of [0, 1, Math.ceil(length / 3), length]) {
        const ids = new Int32Array(k);
        const best = new Float32Array(k);
        topK(values, ids, best);
        expect(Array.from(ids)).toEqual(sorted.slice(0, k));
        expect(Array.from(best)).toEqual(sorted.slice(0, k).map((i) => values[i]));
      }
    }
  });

  it('is the head of a stable sort of what a model gives, and every length of rest', () => {
    const random = new Random(6);
    for (let length = 1000; length < 1005; length++) {
      // Rising on the whole, so that the list changes all the time.
      const values = Float32Array.from({ length }, (_, i) => i / 100 + random.normal());
      const sorted = Array.from(values.keys()).sort((a, b) => values[b]! - values[a]! || a - b);
      for (const k of [1, 2, 5, 50, length - 1]) {
        const ids = new Int32Array(k);
        topK(values, ids, new Float32Array(k));
        expect(Array.from(ids)).toEqual(sorted.slice(0, k));
      }
    }
  });

  it('keeps NaN where it came first and never takes it later', () => {
    const ids = new Int32Array(2);
    const best = new Float32Array(2);
    topK(Float32Array.of(1, 3, Number.NaN, Number.NaN, 2, 5), ids, best);
    expect(Array.from(ids)).toEqual([5, 1]);
    topK(Float32Array.of(1, Number.NaN, 3, 4, 5), ids, best);
    expect(Array.from(ids)).toEqual([0, 1]);
  });
});
