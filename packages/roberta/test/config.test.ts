import { describe, expect, it } from 'vitest';
import {
  configToJson,
  countParameters,
  defineConfig,
  parseConfig,
  type RobertaConfig,
} from '../src/index.js';
import { codeOf } from './helpers/tiny.js';

// roberta-base's config.json as it is published.
const robertaBaseJson = `{
  "architectures": ["RobertaForMaskedLM"],
  "attention_probs_dropout_prob": 0.1,
  "bos_token_id": 0,
  "eos_token_id": 2,
  "hidden_act": "gelu",
  "hidden_dropout_prob": 0.1,
  "hidden_size": 768,
  "initializer_range": 0.02,
  "intermediate_size": 3072,
  "layer_norm_eps": 1e-05,
  "max_position_embeddings": 514,
  "model_type": "roberta",
  "num_attention_heads": 12,
  "num_hidden_layers": 12,
  "pad_token_id": 1,
  "type_vocab_size": 1,
  "vocab_size": 50265
}`;
const base = JSON.parse(robertaBaseJson);
const ffn = { type: 'lookup', tables: 128, bits: 8 };

const throughJson = (config: RobertaConfig) => parseConfig(JSON.stringify(configToJson(config)));

describe('config.json', () => {
  it('reads roberta-base, whose parameters are 124.7 million', () => {
    const config = parseConfig(robertaBaseJson);
    expect(config).toEqual(defineConfig());
    // RobertaForMaskedLM('roberta-base').num_parameters(), tied decoder once.
    expect(countParameters(config).total).toBe(124_697_433);
  });

  it.each<[string, RobertaConfig]>([
    ['dense post-norm', defineConfig({ maskTokenId: 50264 })],
    ['dense pre-norm', defineConfig({ norm: 'pre', hiddenSize: 48, numAttentionHeads: 4 })],
    ['a decoder of its own', defineConfig({ untiedDecoder: true })],
    ['look-up with defaults', defineConfig({ ffn: { kind: 'lookup', tables: 128, bits: 8 } })],
    [
      'look-up with every key',
      defineConfig({
        norm: 'pre',
        hiddenSize: 24,
        numAttentionHeads: 2,
        ffn: {
          kind: 'lookup',
          tables: 3,
          bits: 5,
          projection: 'dense',
          block: 16,
          stages: 2,
          read: 'two-cell',
          temperature: true,
          scorePower: true,
          skip: true,
          outputRank: 7,
          layers: [0, 2, 11],
        },
      }),
    ],
  ])('comes back the same: %s', (_, config) => {
    expect(throughJson(config)).toEqual(config);
  });

  it('takes null for no output rank', () => {
    const none = parseConfig({ ...base, ffn: { ...ffn, output_rank: null } });
    expect(none).toEqual(parseConfig({ ...base, ffn }));
    expect(none.ffn).not.toHaveProperty('outputRank');
  });

  it('takes Hugging Face defaults for absent optional keys', () => {
    const { type_vocab_size, layer_norm_eps, pad_token_id, ...rest } = base;
    expect(parseConfig(rest)).toMatchObject({ typeVocabSize: 2, layerNormEps: 1e-12, padTokenId: 1 });
  });

  const cases: [string, Record<string, unknown>, string, RegExp][] = [
    ['another model', { model_type: 'gpt2' }, 'model_type', /gpt2.*roberta, roberta-prelayernorm/],
    ['no model type', { model_type: undefined }, 'model_type', /missing/],
    ['a text for a number', { hidden_size: '768' }, 'hidden_size', /"768"/],
    ['a fraction', { num_hidden_layers: 1.5 }, 'num_hidden_layers', /1.5/],
    ['no layer', { num_hidden_layers: 0 }, 'num_hidden_layers', /0/],
    ['heads that do not divide', { num_attention_heads: 7 }, 'num_attention_heads', /7.*768/],
    ['another activation', { hidden_act: 'gelu_new' }, 'hidden_act', /gelu_new.*gelu/],
    [
      'relative positions',
      { position_embedding_type: 'relative_key' },
      'position_embedding_type',
      /absolute/,
    ],
    ['a decoder', { is_decoder: true }, 'is_decoder', /encoder/],
    ['a decoder tied to a word', { tie_word_embeddings: 'no' }, 'tie_word_embeddings', /boolean/],
    ['no room for a token', { max_position_embeddings: 2 }, 'max_position_embeddings', /no room/],
    ['a token outside the vocabulary', { pad_token_id: 50265 }, 'pad_token_id', /50264/],
    ['an absurd vocabulary', { vocab_size: 1e12 }, 'vocab_size', /1000000000000/],
    ['epsilon 0', { layer_norm_eps: 0 }, 'layer_norm_eps', /0/],
    ['no spread of fresh weights', { initializer_range: 0 }, 'initializer_range', /0/],
    ['tau 0', { ffn: { ...ffn, bits: 0 } }, 'ffn.bits', /0.*1 to 20/],
    ['tau 31', { ffn: { ...ffn, bits: 31 } }, 'ffn.bits', /31/],
    ['a block above the padded size', { ffn: { ...ffn, block: 2048 } }, 'ffn.block', /2048.*1024/],
    ['a block that is no power of two', { ffn: { ...ffn, block: 48 } }, 'ffn.block', /power of two/],
    ['no tables', { ffn: { ...ffn, tables: 0 } }, 'ffn.tables', /0/],
    ['tables left out', { ffn: { type: 'lookup', bits: 8 } }, 'ffn.tables', /missing/],
    ['five stages', { ffn: { ...ffn, stages: 5 } }, 'ffn.stages', /1 to 4/],
    ['an unknown read', { ffn: { ...ffn, read: 'triple' } }, 'ffn.read', /two-cell/],
    ['a misspelt key', { ffn: { ...ffn, table: 3 } }, 'ffn.table', /not a known key/],
    ['an unknown kind of FFN', { ffn: { type: 'sparse' } }, 'ffn.type', /sparse/],
    ['a layer that is not there', { ffn: { ...ffn, layers: [12] } }, 'ffn.layers', /12.*0 to 11/],
    ['a layer twice', { ffn: { ...ffn, layers: [1, 1] } }, 'ffn.layers', /twice/],
    ['output rank 0', { ffn: { ...ffn, output_rank: 0 } }, 'ffn.output_rank', /0.*1 to hidden_size 768/],
    ['a rank above the hidden size', { ffn: { ...ffn, output_rank: 769 } }, 'ffn.output_rank', /769.*768/],
    ['a rank that is no whole number', { ffn: { ...ffn, output_rank: 7.5 } }, 'ffn.output_rank', /7\.5/],
    ['a rank that is a text', { ffn: { ...ffn, output_rank: 'low' } }, 'ffn.output_rank', /"low"/],
    [
      'a temperature without a margin',
      { ffn: { ...ffn, read: 'full', temperature: true } },
      'ffn.temperature',
      /full/,
    ],
  ];
  it.each(cases)('refuses %s', async (_, change, key, message) => {
    const error = await codeOf(() => parseConfig({ ...base, ...change }));
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', details: { key } });
    expect(error.message).toMatch(message);
    expect(error.message).toContain(key);
  });

  it.each([
    ['{"model_type": "roberta"', 'JSON'],
    ['[]', 'model_type'],
    ['null', 'the file'],
  ])('refuses the text %s', async (text, named) => {
    const error = await codeOf(() => parseConfig(text));
    expect(error.code).toBe('INVALID_CONFIG');
    expect(error.message).toContain(named);
  });

  it('names every wrong key at once', async () => {
    const { message, details } = await codeOf(() =>
      parseConfig({ ...base, hidden_size: 'x', vocab_size: null }),
    );
    expect(message).toMatch(/vocab_size.*hidden_size/);
    expect(details).toMatchObject({ keys: ['vocab_size', 'hidden_size'] });
  });
});

describe('defineConfig', () => {
  it('follows the hidden size and fills the look-up section in', () => {
    const config = defineConfig({
      hiddenSize: 128,
      numAttentionHeads: 4,
      ffn: { kind: 'lookup', tables: 9, bits: 4 },
    });
    expect(config.intermediateSize).toBe(512);
    expect(config.ffn).toMatchObject({
      projection: 'bh4',
      block: 64,
      stages: 4,
      read: 'single',
      skip: false,
    });
  });

  it('refuses what parseConfig refuses', async () => {
    const error = await codeOf(() => defineConfig({ ffn: { kind: 'lookup', tables: 4, bits: 0 } }));
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', details: { key: 'ffn.bits' } });
  });
});
