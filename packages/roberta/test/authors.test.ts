import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { referenceFactory } from '@lookupffn/core';
import { writeSafetensors } from '@lookupffn/core/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelCost, parameterSpecs, type RobertaConfigInput, Session } from '../src/index.js';
import { loadModelFolder, saveModelFolder } from '../src/node.js';
import { codeOf, tinyModel } from './helpers/tiny.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lookupffn-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

// Their `model` section (cfgs/roberta/small-512), tiny.
const theirs = {
  encoder_type: 'src.roberta.models.prenorm_lookup.encoder.Lookup',
  initializer_range: 0.02,
  vocab_size: 40,
  type_vocab_size: 1,
  pad_token_id: 1,
  num_hidden_layers: 1,
  num_attention_heads: 3,
  attention_head_size: 4,
  layer_norm_eps: 1e-5,
  intermediate_size: 20,
  hidden_size: 12,
  max_position_embeddings: 12,
  projection_type: 'bh4',
  block_size: 4,
  ffn_num_table: 5,
  ffn_table_size: 16,
};
const lookup = { kind: 'lookup', tables: 5, bits: 4, block: 4, read: 'single' } as const;
const layer = 'model.roberta.encoder.layer.0';
// Written out by hand, in our order: a list made by the code under test would prove nothing.
const ends = [
  ...['word_embeddings', 'position_embeddings', 'token_type_embeddings'].map((name) => `${name}.weight`),
  ...['weight', 'bias'].map((part) => `LayerNorm.${part}`),
].map((name) => `model.roberta.embeddings.${name}`);
const attention = ['LayerNorm', 'query', 'key', 'value', 'dense'].flatMap((name) =>
  ['weight', 'bias'].map((part) => `${layer}.attention.${name}.${part}`),
);
const head = [
  ...['roberta.encoder.LayerNorm', 'lm_head.dense', 'lm_head.layer_norm'].flatMap((name) =>
    ['weight', 'bias'].map((part) => `model.${name}.${part}`),
  ),
  'model.lm_head.decoder.bias',
  'model.lm_head.decoder.weight',
];
const lookupNames = [
  ...['LayerNorm.weight', 'LayerNorm.bias', 'hash.projection.weight', 'hash.projection.bias'],
  ...['tables', 'bias'],
].map((name) => `${layer}.FFN.${name}`);
const denseNames = [0, 1, 3].flatMap((at) => ['weight', 'bias'].map((part) => `${layer}.FFN.${at}.${part}`));

async function write(input: RobertaConfigInput, config: object, ffn: readonly string[]) {
  const shape = { norm: 'pre', numHiddenLayers: 1, maskTokenId: undefined, untiedDecoder: true } as const;
  const model = tinyModel({ ...shape, ...input });
  const names = [...ends, ...attention, ...ffn, ...head];
  const specs = parameterSpecs(model.config);
  expect(names).toHaveLength(specs.length);
  await writeSafetensors(
    join(root, 'model.safetensors'),
    specs.map(({ name, shape }, i) => ({
      name: names[i]!,
      dtype: 'F32' as const,
      shape,
      data: model.weights.get(name)!,
    })),
    {},
  );
  await writeFile(join(root, 'config.json'), JSON.stringify(config));
  return model;
}

describe("a checkpoint of LookupFFN's authors", () => {
  it.each<[string, RobertaConfigInput, object, readonly string[]]>([
    ['look-ups', { ffn: lookup }, theirs, lookupNames],
    [
      'look-ups with a dense projection',
      { ffn: { ...lookup, projection: 'dense' } },
      { ...theirs, projection_type: 'dense' },
      lookupNames,
    ],
    ['dense', {}, { ...theirs, encoder_type: 'src.roberta.models.prenorm.PrenormRobertaModel' }, denseNames],
  ])('is loaded: %s', async (_, input, config, names) => {
    const model = await write(input, config, names);
    const loaded = await loadModelFolder(root);
    const { maskTokenId: __, ...expected } = model.config;
    expect(loaded.config).toEqual(expected);
    expect(loaded.weights).toEqual(model.weights);
    expect(loaded.unused).toEqual([]);
    // And is from then on a model like others.
    const again = join(root, 'saved');
    await saveModelFolder(again, loaded);
    const reloaded = await loadModelFolder(again);
    expect(reloaded.config).toEqual(expected);
    expect(reloaded.weights).toEqual(model.weights);
  });

  it('reads words with a decoder of its own', async () => {
    const model = await write({ ffn: lookup }, theirs, lookupNames);
    expect(modelCost(model.config).parameters).toBeGreaterThan(
      modelCost({ ...model.config, untiedDecoder: undefined } as never).parameters,
    );
    const logits = async (change: (words: Float32Array, decoder: Float32Array) => void) => {
      const { config, weights } = await loadModelFolder(root);
      change(
        weights.get('roberta_prelayernorm.embeddings.word_embeddings.weight')!,
        weights.get('lm_head.decoder.weight')!,
      );
      const session = await Session.create({
        model: { config: { ...config, maskTokenId: 4 }, weights },
        backend: referenceFactory,
      });
      try {
        return JSON.stringify(await session.fillMask([[0, 7, 4, 9, 2]]));
      } finally {
        await session.dispose();
      }
    };
    const plain = await logits(() => {});
    // A word that does not stand in the text: its embedding changes nothing, its row of the decoder does.
    expect(await logits((words) => words.fill(3, 20 * 12, 21 * 12))).toBe(plain);
    expect(await logits((_, decoder) => decoder.fill(3, 20 * 12, 21 * 12))).not.toBe(plain);
  });

  it.each([
    [{ encoder_type: 'src.roberta.models.mongoose.Encoder' }, /encoder_type.*prenorm_lookup/],
    [{ ffn_table_size: 200 }, /power of two/],
    [{ attention_head_size: 8 }, /not hidden_size 12/],
  ])('is refused with %o', async (change, message) => {
    await write({ ffn: lookup }, { ...theirs, ...change }, lookupNames);
    const error = await codeOf(() => loadModelFolder(root));
    expect(error.code).toBe('INVALID_CONFIG');
    expect(error.message).toMatch(message);
  });
});
