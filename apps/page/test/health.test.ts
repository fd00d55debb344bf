import { createReferenceBackend } from '@lookupffn/core';
import { describe, expect, it } from 'vitest';
import { inspectCells } from '../src/worker/cells.js';
import { CellLoad, tableHealth } from '../src/worker/health.js';
import { finish, prepared, texts } from './tiny-model.js';

const backend = createReferenceBackend();

describe('a table of four cells', () => {
  const health = (codes: number[]) => {
    const load = new CellLoad({ tables: 1, bits: 2 });
    load.add(Int32Array.from(codes));
    return load.health(0);
  };

  it('is even when all are read alike', () => {
    const { occupancy, evenness, busiest, load } = health([3, 1, 0, 2]);
    expect([occupancy, busiest]).toEqual([[1], [0.25]]);
    expect(evenness[0]).toBeCloseTo(1);
    expect(load).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  it('is dead but for one when one is read', () => {
    const { occupancy, evenness, busiest, load } = health([2, 2, 2, 2]);
    expect([occupancy, evenness, busiest]).toEqual([[0.25], [0.25], [1]]);
    expect(load).toEqual([1, 0, 0, 0]);
  });

  it('has its load in order, busiest first', () => {
    expect(health([0, 3, 3, 3, 1, 1]).load.map((share) => share * 6)).toEqual([3, 2, 1, 0]);
  });
});

it('counts what inspecting each sentence shows', async () => {
  const model = await prepared(backend);
  const { seen, result } = finish(tableHealth(backend, model, { model: 0, sentences: texts }));
  expect(seen.at(-1)).toEqual({ done: texts.length, total: texts.length });
  const used = new Set<string>();
  let tokens = 0;
  for (const text of texts) {
    const { codes, tables, tokens: own } = inspectCells(backend, model, { model: 0, text, layer: 1 });
    for (const [at, code] of codes.entries()) used.add(`${at % tables} ${code}`);
    tokens += own.length;
  }
  expect(result.tokens).toBe(tokens);
  expect(result.layers.map(({ layer }) => layer)).toEqual([0, 1]);
  const { occupancy, cells } = result.layers[1]!;
  expect(occupancy.reduce((sum, share) => sum + share * cells, 0)).toBeCloseTo(used.size);
});
