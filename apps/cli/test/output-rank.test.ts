import { join } from 'node:path';
import { explainBackends, resolveBackend } from '@lookupffn/auto';
import { Random } from '@lookupffn/core';
import { defineConfig, initialWeights, Session, type SessionOptions } from '@lookupffn/roberta';
import { loadModelFolder, packModel, saveModelFolder } from '@lookupffn/roberta/node';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './cli.js';

const config = defineConfig({
  vocabSize: 60,
  hiddenSize: 30,
  // One layer: in a second one a rounded table could flip a bit, and a flipped bit is another cell.
  numHiddenLayers: 1,
  numAttentionHeads: 3,
  intermediateSize: 40,
  maxPositionEmbeddings: 20,
  ffn: { kind: 'lookup', tables: 5, bits: 4, block: 8, read: 'two-cell', temperature: true, outputRank: 7 },
});
const sequences = [[0], [0, 7, 9, 11, 2], [], Array.from({ length: 17 }, (_, i) => (7 * i) % 60)];

/** Tables large enough that what they say is not lost beside the residual. */
async function rankedModel(): Promise<string> {
  const weights = initialWeights(config, new Random(1));
  const random = new Random(2);
  for (const [name, data] of weights) {
    if (name.endsWith('.tables')) for (let i = 0; i < data.length; i++) data[i] = random.normal();
  }
  const folder = join(temporaryFolder(), 'ranked');
  await saveModelFolder(folder, { config, weights });
  return folder;
}

async function hiddenStates(options: SessionOptions): Promise<Float32Array> {
  const session = await Session.create({ thread: 'caller', ...options });
  try {
    return (await session.hiddenStates(sequences)).data;
  } finally {
    await session.dispose();
  }
}

function error(found: Float32Array, expected: Float32Array): number {
  expect(found.length).toBe(expected.length);
  const largest = (values: Float32Array) =>
    values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest(found.map((value, i) => value - expected[i]!)) / largest(expected);
}

describe('a model with an output rank', () => {
  it('comes back from its folder with its matrices', async () => {
    const { config: read, weights, unused } = await loadModelFolder(await rankedModel());
    expect(read.ffn).toEqual(config.ffn);
    expect(weights.get('roberta.encoder.layer.0.ffn.tables')).toHaveLength(5 * 16 * 7);
    expect(weights.get('roberta.encoder.layer.0.ffn.output.weight')).toHaveLength(30 * 7);
    expect(unused).toEqual([]);
  });

  it('means the same on every backend that runs here, with tables of any dtype, and packed', async () => {
    const model = await rankedModel();
    const backends = (await explainBackends()).filter(({ ok }) => ok);
    expect(backends.map(({ name }) => name)).toContain('wasm');
    const expected = await hiddenStates({ model, backend: await resolveBackend({ require: 'reference' }) });
    for (const { name } of backends) {
      const make = () => resolveBackend({ require: name });
      expect(error(await hiddenStates({ model, backend: await make() }), expected), name).toBeLessThan(1e-5);
      for (const [tableDtype, most] of [
        ['bf16', 0.01],
        ['int8', 0.02],
        ['int4', 0.3],
      ] as const) {
        const found = error(await hiddenStates({ model, backend: await make(), tableDtype }), expected);
        expect(found, `${name} ${tableDtype}`).toBeLessThan(most);
      }
      const backend = await make();
      if (!backend.adopt) continue;
      const { path } = await packModel(model, { backend, tableDtype: 'int8' });
      const packed = await hiddenStates({ model: path, backend });
      expect(packed).toEqual(await hiddenStates({ model, backend, tableDtype: 'int8' }));
    }
  });
});
