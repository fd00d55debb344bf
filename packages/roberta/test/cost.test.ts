import { describe, expect, it } from 'vitest';
import { countParameters, defineConfig, modelCost } from '../src/index.js';
import { codeOf } from './helpers/tiny.js';

const dense = defineConfig();
const lookup = defineConfig({ ffn: { kind: 'lookup', tables: 128, bits: 8, block: 64 } });

describe('modelCost', () => {
  it('of roberta-base follows the textbook', () => {
    const cost = modelCost(dense, { sequenceLength: 128 });
    expect(cost.ffnFlops).toBe(12 * 4 * 768 * 3072);
    expect(cost.flops).toBe(12 * (4 * 768 * 3072 + 8 * 768 * 768 + 4 * 768 * 128));
    expect(cost.headFlops).toBe(2 * 768 * (768 + 50265));
    expect(cost.ffnBytes).toBe(12 * 4 * (2 * 768 * 3072 + 3072 + 768));
    expect(cost.parameters).toBe(countParameters(dense).total);
    expect(cost.ffnParameters).toBe(12 * (2 * 768 * 3072 + 3072 + 768 + 2 * 768));
  });

  it('of a look-up model has the FLOP of the conventions', () => {
    // R = 1, P = 1024: BH4 2*4*1024*64 + 4*1024*10, hash 3*1024, gather 2*128*768.
    const layer = 2 * 4 * 1024 * 64 + 4 * 1024 * 10 + 3 * 1024 + 2 * 128 * 768;
    const cost = modelCost(lookup);
    expect(cost.ffnFlops).toBe(12 * layer);
    // The rest of the model is the same.
    const base = modelCost(dense);
    expect(cost.flops - cost.ffnFlops).toBe(base.flops - base.ffnFlops);
    expect(cost.bytes - cost.ffnBytes).toBe(base.bytes - base.ffnBytes);
    expect(cost.headFlops).toBe(base.headFlops);
  });

  it('counts the matrix after narrow tables, and nothing of it twice', () => {
    const ranked = defineConfig({
      ffn: { ...lookup.ffn, kind: 'lookup', tables: 128, bits: 8, outputRank: 96 },
    });
    const [cost, base] = [modelCost(ranked), modelCost(lookup)];
    expect(cost.ffnFlops - base.ffnFlops).toBe(12 * (2 * 128 * (96 - 768) + 2 * 96 * 768));
    expect(cost.ffnParameters - base.ffnParameters).toBe(
      12 * ((128 * 256 + 1) * (96 - 768) + 96 * 768 + 768),
    );
    expect(cost.parameters).toBe(countParameters(ranked).total);
    expect(cost.flops - cost.ffnFlops).toBe(base.flops - base.ffnFlops);
  });

  it('counts each layer as what it is', () => {
    const mixed = defineConfig({
      ffn: { kind: 'lookup', tables: 128, bits: 8, block: 64, layers: [1, 5, 7] },
    });
    const { ffnFlops } = modelCost(mixed);
    expect(ffnFlops).toBe((9 * modelCost(dense).ffnFlops + 3 * modelCost(lookup).ffnFlops) / 12);
  });

  it('shares weights over a batch, and shrinks them by their dtype', () => {
    const one = modelCost(dense);
    const rows = 3 * 4 * 768;
    expect(modelCost(dense, { tokens: 64 }).bytes - rows).toBeCloseTo((one.bytes - rows) / 64, 6);
    expect(modelCost(dense, { linearDtype: 'int8' }).headBytes).toBe(768 * (768 + 50265) + 4 * (768 + 50265));
    const gathered = 12 * 128 * 768;
    expect(modelCost(lookup).ffnBytes - modelCost(lookup, { tableDtype: 'int8' }).ffnBytes).toBe(
      3 * gathered,
    );
  });

  it.each([{ sequenceLength: 513 }, { sequenceLength: 0 }, { tokens: 0.5 }])(
    'refuses %o',
    async (options) => {
      expect(await codeOf(() => modelCost(dense, options))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    },
  );
});
