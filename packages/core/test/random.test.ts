import { describe, expect, test } from 'vitest';
import { Random } from '../src/random.js';

describe('Random', () => {
  test('follows xoshiro128** 1.1', () => {
    // State 1, 2, 3, 4: rotl(2 * 5, 7) * 9 = 11520 and the words [7, 0, 1026, 12288]; then rotl(0, 7) * 9 = 0.
    const random = Random.fromState([1, 2, 3, 4]);
    expect(random.uint32()).toBe(11520);
    expect(random.getState()).toEqual([7, 0, 1026, 12288]);
    expect(random.uint32()).toBe(0);
    expect(random.uint32()).toBe(5927040);
  });

  test('fills its state from splitmix64', () => {
    // Published first outputs of splitmix64 for seed 1234567: 6457827717110365317, 3203168211198807973.
    const [a, b, c, d] = new Random(1234567).getState().map(BigInt) as [bigint, bigint, bigint, bigint];
    expect(a | (b << 32n)).toBe(6457827717110365317n);
    expect(c | (d << 32n)).toBe(3203168211198807973n);
  });

  test('same seed, same numbers; another seed, others', () => {
    const draw = (seed: number | bigint) => Array.from({ length: 8 }, draw8(new Random(seed)));
    const draw8 = (random: Random) => () => random.uint32();
    expect(draw(7)).toEqual(draw(7n));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(-1)).not.toEqual(draw(1));
  });

  test('a state that passed through JSON goes on exactly, a waiting normal included', () => {
    const random = new Random(3);
    random.normal();
    const copy = Random.fromState(JSON.parse(JSON.stringify(random.getState())));
    for (let i = 0; i < 9; i++) expect(copy.normal()).toBe(random.normal());
    expect(copy.float()).toBe(random.float());
  });

  test('forks depend on state and label, and leave the parent alone', () => {
    const random = new Random(11);
    const before = random.getState();
    const first = (label: string | number) => random.fork(label).uint32();
    expect(new Set([first('a'), first('b'), first(1), first('1'), first('')]).size).toBe(5);
    expect(first('a')).toBe(first('a'));
    expect(random.getState()).toEqual(before);
    const a = first('a');
    random.uint32();
    expect(first('a')).not.toBe(a);
  });

  test('floats fill [0, 1) evenly', () => {
    const random = new Random(5);
    const buckets = new Array(16).fill(0);
    for (let i = 0; i < 64_000; i++) {
      const x = random.float();
      expect(x >= 0 && x < 1).toBe(true);
      buckets[Math.floor(x * 16)]++;
    }
    // Chi-squared with 15 degrees of freedom; 37.7 is its 99.9% point.
    expect(buckets.reduce((sum, n) => sum + (n - 4000) ** 2 / 4000, 0)).toBeLessThan(37.7);
  });

  test('below is unbiased where 2^32 is not a multiple of n', () => {
    const random = new Random(9);
    // With a plain remainder the lower third would come up twice as often as the rest.
    const n = 3 * 2 ** 30;
    let low = 0;
    for (let i = 0; i < 30_000; i++) if (random.below(n) < 2 ** 30) low++;
    expect(low / 30_000).toBeCloseTo(1 / 3, 1);
    expect(random.below(1)).toBe(0);
    expect(random.below(2 ** 32)).toBeLessThan(2 ** 32);
    for (const bad of [0, -1, 1.5, Number.NaN, 2 ** 32 + 1]) {
      expect(() => random.below(bad)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
  });

  test('normals have the moments of a normal', () => {
    const random = new Random(2);
    const n = 100_000;
    const sums = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const x = random.normal();
      for (let k = 0; k < 4; k++) sums[k]! += x ** (k + 1);
    }
    const [mean, variance, skew, fourth] = sums.map((sum) => sum / n) as [number, number, number, number];
    // Four standard errors: sqrt(1, 2, 15, 96) / sqrt(n).
    expect(Math.abs(mean)).toBeLessThan(0.0127);
    expect(Math.abs(variance - 1)).toBeLessThan(0.018);
    expect(Math.abs(skew)).toBeLessThan(0.05);
    expect(Math.abs(fourth - 3)).toBeLessThan(0.125);
  });

  test('the portable logarithm agrees with the engine', () => {
    // normal() from the same draws with Math.log: equal but for the last bits.
    const random = new Random(21);
    const words = Random.fromState(random.getState());
    for (let i = 0; i < 2000; i++) {
      let u = 0;
      let v = 0;
      let r = 0;
      do {
        u = words.uint32() / 2 ** 31 - 1;
        v = words.uint32() / 2 ** 31 - 1;
        r = u * u + v * v;
      } while (r >= 1);
      const scale = Math.sqrt((-2 * Math.log(r)) / r);
      expect(Math.abs(random.normal() - u * scale)).toBeLessThan(1e-14);
      expect(Math.abs(random.normal() - v * scale)).toBeLessThan(1e-14);
    }
  });

  test('shuffle permutes, every order alike', () => {
    const random = new Random(4);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const key = random.shuffle([1, 2, 3]).join('');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // Chi-squared with 5 degrees of freedom, 99.9% point.
    const chi = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chi).toBeLessThan(20.5);
    expect([...random.shuffle(new Int32Array([5, 6, 7]))].sort()).toEqual([5, 6, 7]);
  });

  test('refuses seeds and states that are none', () => {
    expect(() => new Random(1.5)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    for (const state of [
      [],
      [0, 0, 0, 0],
      [1, 2, 3],
      [1, 2, 3, -4],
      [1, 2, 3, 4, Number.NaN],
      [1, 2, 3, 4, 5, 6],
    ]) {
      expect(() => Random.fromState(state)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
  });
});
