import { Random } from '@lookupffn/core';
import { describe, expect, it } from 'vitest';
import { Masker, maskedCount } from '../src/data/masking.js';

const vocabulary = { size: 1000, maskTokenId: 4, specialTokenIds: [0, 1, 2, 3, 4] };

function mask(
  original: Int32Array,
  random: Random,
  start = 0,
  length = original.length,
  mlmProbability?: number,
) {
  const ids = original.slice();
  const rows = new Int32Array(maskedCount(length, mlmProbability));
  const targets = new Int32Array(rows.length);
  const count = new Masker(vocabulary, mlmProbability).mask(ids, start, length, random, rows, targets, 0);
  return { ids, rows: rows.subarray(0, count), targets: targets.subarray(0, count) };
}

function sequence(length: number): Int32Array {
  return Int32Array.from({ length }, (_, i) => (i === 0 ? 0 : i === length - 1 ? 2 : 5 + (i % 900)));
}

describe('masking', () => {
  it('takes exactly round(0.15 L) tokens: 77 of 512', () => {
    expect(maskedCount(512)).toBe(77);
    for (const length of [4, 16, 64, 128, 512]) {
      for (let seed = 0; seed < 20; seed++) {
        const original = sequence(length);
        const { ids, rows, targets } = mask(original, new Random(seed));
        expect(rows.length).toBe(Math.round(0.15 * length));
        expect(new Set(rows).size).toBe(rows.length);
        expect([...rows]).toEqual([...rows].sort((a, b) => a - b));
        rows.forEach((row, i) => {
          expect(targets[i]).toBe(original[row]);
          expect(vocabulary.specialTokenIds).not.toContain(original[row]);
        });
        // All else is untouched.
        ids.forEach((id, i) => {
          if (!rows.includes(i)) expect(id).toBe(original[i]);
        });
      }
    }
  });

  it('takes another share where asked to', () => {
    const length = 128;
    for (const share of [0.01, 0.3, 0.9]) {
      const { rows } = mask(sequence(length), new Random(3), 0, length, share);
      expect(rows.length).toBe(Math.round(share * length));
      expect(new Set(rows).size).toBe(rows.length);
    }
    // All but the first and the last, which are special.
    expect(mask(sequence(length), new Random(3), 0, length, 0.999).rows.length).toBe(length - 2);
  });

  it('replaces 80% by the mask token and 10% by a random word, and leaves 10%', () => {
    const original = sequence(20000);
    const { ids, rows } = mask(original, new Random(1));
    let masks = 0;
    let kept = 0;
    for (const row of rows) {
      if (ids[row] === 4) masks++;
      else if (ids[row] === original[row]) kept++;
      else expect(ids[row]).toBeGreaterThan(4);
    }
    // 3,000 draws: four standard deviations of 0.8 are 0.03, of 0.1 they are 0.022.
    expect(Math.abs(masks / rows.length - 0.8)).toBeLessThan(0.03);
    expect(Math.abs(kept / rows.length - 0.1)).toBeLessThan(0.022);
  });

  it('masks every place equally often', () => {
    const length = 20;
    const times = new Int32Array(length);
    const trials = 3000;
    const random = new Random(2);
    for (let i = 0; i < trials; i++) for (const row of mask(sequence(length), random).rows) times[row]!++;
    // Three of 18 tokens a trial.
    const expected = (trials * 3) / 18;
    for (let i = 1; i < length - 1; i++) {
      expect(Math.abs(times[i]! - expected)).toBeLessThan(4.5 * Math.sqrt(expected));
    }
    expect(times[0]).toBe(0);
    expect(times[length - 1]).toBe(0);
  });

  it('takes what there is of a sequence of little but special tokens', () => {
    const ids = Int32Array.of(0, 2, 2, 2, 2, 7, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2);
    expect([...mask(ids, new Random(0)).rows]).toEqual([5]);
  });

  it('masks a sequence in the middle of a batch only', () => {
    const original = sequence(64);
    const { ids, rows } = mask(original, new Random(5), 20, 20);
    expect(rows.every((row) => row >= 20 && row < 40)).toBe(true);
    expect([...ids.subarray(0, 20)]).toEqual([...original.subarray(0, 20)]);
    expect([...ids.subarray(40)]).toEqual([...original.subarray(40)]);
  });

  it('refuses a vocabulary without words', () => {
    expect(() => new Masker({ size: 3, maskTokenId: 2, specialTokenIds: [0, 1, 2] })).toThrow(
      /cannot be masked/,
    );
  });
});
