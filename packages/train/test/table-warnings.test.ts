import { describe, expect, it } from 'vitest';
import type { LayerTableHealth } from '../src/evaluation/cell-counts.js';
import { tableWarnings } from '../src/evaluation/table-warnings.js';

const healthy: LayerTableHealth = {
  layer: 1,
  tables: 8,
  cells: 256,
  occupancy: 0.97,
  evenness: 0.6,
  busiestCell: 0.08,
  constantBits: 0,
  score: { mean: 0.4, deviation: 0.3 },
  outputShare: 0.3,
};
const kinds = (layer: Partial<LayerTableHealth>, tokens = 4096) =>
  tableWarnings({ tokens, layers: [{ ...healthy, ...layer }] }).map(({ kind }) => kind);

describe('tableWarnings', () => {
  it('has nothing to say of healthy tables, of a dense model, or of a sample too small to meet every row', () => {
    expect(kinds({})).toEqual([]);
    expect(tableWarnings({ tokens: 0, layers: [] })).toEqual([]);
    expect(kinds({ occupancy: 0.22 }, 64)).toEqual([]);
  });

  it.each([
    [{ occupancy: 0.22 }, 'unused', /only 22% of the rows.*ffn\.bits.*cellVariation/],
    [{ busiestCell: 0.9 }, 'crowded', /90% of the tokens.*warmupSteps/],
    [{ constantBits: 12 }, 'constant-bits', /12 of 64 code bits.*learningRate/],
    [{ outputShare: 1.2e-3 }, 'silent', /0\.1% of the hidden states.*tableLearningRate/],
    [{ outputShare: Number.NaN }, 'silent', /NaN/],
    [{ outputShare: 14.9 }, 'loud', /15 times.*tableLearningRate/],
  ] as const)('names what ails %j, and the remedy', (layer, kind, message) => {
    const found = tableWarnings({ tokens: 4096, layers: [{ ...healthy, ...layer }] });
    expect(found).toEqual([{ layer: 1, kind, message: expect.stringMatching(message) }]);
    expect(found[0]!.message).toMatch(/^Layer 1: /);
  });
});
