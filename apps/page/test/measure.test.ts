import { createReferenceBackend, denseFfnCost, lookupFfnCost } from '@lookupffn/core';
import { expect, it } from 'vitest';
import { isDisturbed, rooflineData } from '../src/panels/roofline-data.js';
import { measure } from '../src/worker/measure/measure.js';
import { finish, prepared } from './tiny-model.js';

const backend = createReferenceBackend();
const pair = {
  lookup: {
    hidden: 16,
    out: 16,
    tables: 4,
    bits: 4,
    projection: 'bh4',
    block: 4,
    stages: 4,
    read: 'single',
  },
  inner: 64,
  dtype: 'f32',
} as const;

it('measures peaks, both FFNs and the models, with the cost model beside them', async () => {
  const model = await prepared(backend);
  const input = { pair, models: [0], batchSizes: [1, 8], rounds: 1 };
  const { seen, result } = finish(measure(backend, () => model, input));
  expect(new Set(seen.map(({ what }) => what)).size).toBeGreaterThan(3);
  expect(Object.values(result.peaks!).every((value) => value > 0 && Number.isFinite(value))).toBe(true);
  expect(result.points.map(({ kind, tokens }) => `${kind} ${tokens}`)).toEqual([
    'dense 1',
    'lookup 1',
    'dense 8',
    'lookup 8',
  ]);
  for (const { kind, tokens, microsPerToken, spread, flop, bytes } of result.points) {
    const cost =
      kind === 'dense'
        ? denseFfnCost({ hidden: 16, out: 16, inner: 64, dtype: 'f32', tokens })
        : lookupFfnCost({ ...pair.lookup, tableDtype: 'f32', tokens });
    expect([flop, bytes]).toEqual([cost.flop.total, cost.bytesRead.total]);
    expect(microsPerToken).toBeGreaterThan(0);
    expect(spread).toBeGreaterThanOrEqual(1);
  }
  // Lengths that the model takes.
  expect(result.models.map(({ tokens }) => tokens)).toEqual([8, 16, 32, 64]);
});

it('draws each point at its intensity, under a roof with a ridge', () => {
  const peaks = { gigaflops: 10, memoryGigabytes: 5, cacheGigabytes: 20 };
  const point = { tokens: 1, microsPerToken: 1, spread: 1, dtype: 'f32' };
  const points = [
    { ...point, kind: 'dense', flop: 4000, bytes: 1000 },
    { ...point, kind: 'lookup', flop: 500, bytes: 1000 },
  ] as const;
  const [x, memory, cache, dense, lookup] = rooflineData(peaks, points);
  const at = (intensity: number) => x.indexOf(intensity);
  expect(memory![at(0.5)]).toBe(2.5);
  expect(cache![at(0.5)]).toBe(10);
  expect(memory![at(2)]).toBe(10);
  expect(dense![at(4)]).toBe(4);
  expect(lookup![at(0.5)]).toBe(0.5);
  expect([...dense!].filter((value) => value !== null)).toHaveLength(1);
});

it('says when a point cannot be', () => {
  const peaks = { gigaflops: 10, memoryGigabytes: 5, cacheGigabytes: 20 };
  const point = (flop: number) =>
    ({ kind: 'dense', tokens: 1, dtype: 'f32', microsPerToken: 1, spread: 1.1, flop, bytes: 1000 }) as const;
  expect(isDisturbed(peaks, point(9000))).toBe(false);
  expect(isDisturbed(peaks, point(20_000))).toBe(true);
  expect(isDisturbed(peaks, { ...point(9000), spread: 3 })).toBe(true);
  // 0.1 FLOP a byte, at more bytes a second than a cache gives.
  expect(isDisturbed(peaks, { ...point(100), microsPerToken: 0.02 })).toBe(true);
});
