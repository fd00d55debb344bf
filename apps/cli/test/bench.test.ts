import type { Backend } from '@lookupffn/core';
import { expect, it } from 'vitest';
import { benchFfn } from '../src/bench/ffn.js';

it('backends take turns, so that a machine that slows down slows each of them alike', async () => {
  const turns: string[] = [];
  const backend = (name: string) => {
    const handle = {
      dtype: 'f32',
      bytes: 4,
      dispose() {},
      forward() {
        if (turns.at(-1) !== name) turns.push(name);
      },
    };
    return { prepare: { linear: () => handle, lookupFfn: () => handle } } as unknown as Backend;
  };
  const sizes = { hidden: 4, out: 4, tables: 1, bits: 2, block: 2, stages: 1 };
  const lookup = { ...sizes, projection: 'bh4', read: 'single' } as const;
  const options = { lookup, intermediate: 8, dtype: 'f32', tokens: [1], layers: 1, repeat: 6 } as const;
  const benches = await benchFfn([backend('one'), backend('two')], options);
  expect(benches).toHaveLength(2);
  // One turn each to learn how long a pass takes, then one change a round: the order turns round each time.
  expect(turns.length).toBeGreaterThanOrEqual(2 + 6);
  expect(benches[1]!.rows[0]!.ratio).toBeGreaterThan(0);
});
