import { Random } from '@lookupffn/core';
import { describe, expect, it } from 'vitest';
import { topK } from '../src/session/top-k.js';

describe('topK', () => {
  it('is the head of a stable sort, ties and all', () => {
    const random = new Random(5);
    for (const [length, levels] of [
      [1, 1],
      [7, 2],
      [50, 4],
      [300, 1000],
    ] as const) {
      const values = Float32Array.from({ length }, () => random.below(levels) - levels / 2);
      const sorted = Array.from(values.keys()).sort((a, b) => values[b]! - values[a]! || a - b);
      for (const k of [1, Math.ceil(length / 3), length]) {
        const ids = new Int32Array(k);
        const best = new Float32Array(k);
        topK(values, ids, best);
        expect(Array.from(ids)).toEqual(sorted.slice(0, k));
        expect(Array.from(best)).toEqual(sorted.slice(0, k).map((i) => values[i]));
      }
    }
  });
});
