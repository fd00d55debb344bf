import { LookupFfnError } from '@lookupffn/core';
import * as v from 'valibot';
import type { FfnSection, RobertaConfig } from './config.js';
import { lookupDefaults } from './define-config.js';
import { validateConfig } from './validate-config.js';

/** `model_type` as Hugging Face names each place of the LayerNorm. */
const modelTypes = { roberta: 'post', 'roberta-prelayernorm': 'pre' } as const;

const architectures = {
  post: 'RobertaForMaskedLM',
  pre: 'RobertaPreLayerNormForMaskedLM',
} as const;

const count = v.number();
const only = <T extends string | boolean>(value: T, why: string) =>
  v.optional(v.literal(value, (issue) => `is ${issue.received}; only ${String(value)} is supported${why}`));

// Our own section is strict, so that a misspelt key is an error and not a silent default.
const ffnSchema = v.variant('type', [
  v.strictObject({ type: v.literal('dense') }),
  v.strictObject({
    type: v.literal('lookup'),
    tables: count,
    bits: count,
    projection: v.optional(v.picklist(['bh4', 'dense']), lookupDefaults.projection),
    block: v.optional(count, lookupDefaults.block),
    stages: v.optional(count, lookupDefaults.stages),
    read: v.optional(v.picklist(['single', 'two-cell', 'neighbours', 'full']), lookupDefaults.read),
    temperature: v.optional(v.boolean(), lookupDefaults.temperature),
    score_power: v.optional(v.boolean(), lookupDefaults.scorePower),
    skip: v.optional(v.boolean(), lookupDefaults.skip),
    layers: v.optional(v.array(count)),
  }),
]);

// Loose: config.json files carry many keys that change nothing here (dropout, library versions, ...). Keys that
// would change the mathematics are named, so that no other model is run as if it were this one.
const configSchema = v.looseObject({
  model_type: v.picklist(
    Object.keys(modelTypes) as (keyof typeof modelTypes)[],
    (issue) => `is ${issue.received}; supported are ${Object.keys(modelTypes).join(', ')}`,
  ),
  vocab_size: count,
  hidden_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  intermediate_size: count,
  max_position_embeddings: count,
  // Absent keys take the defaults of Hugging Face's RobertaConfig.
  type_vocab_size: v.optional(count, 2),
  layer_norm_eps: v.optional(count, 1e-12),
  initializer_range: v.optional(count, 0.02),
  pad_token_id: v.optional(count, 1),
  bos_token_id: v.optional(count, 0),
  eos_token_id: v.optional(count, 2),
  mask_token_id: v.optional(count),
  hidden_act: only('gelu', ' (the exact one, with erf)'),
  position_embedding_type: only('absolute', ''),
  is_decoder: only(false, ': this is an encoder'),
  add_cross_attention: only(false, ': this is an encoder'),
  tie_word_embeddings: only(true, ': the decoder shares the word embeddings'),
  ffn: v.optional(ffnSchema, { type: 'dense' }),
});

type ConfigJson = v.InferOutput<typeof configSchema>;

function fail(issues: readonly v.BaseIssue<unknown>[]): never {
  const found = issues.map((issue) => {
    const key = v.getDotPath(issue as v.BaseIssue<unknown>) ?? 'the file';
    const missing = issue.received === 'undefined' && issue.expected !== 'never';
    const unknown = issue.expected === 'never';
    const what = missing
      ? 'is missing'
      : unknown
        ? 'is not a known key'
        : issue.message.startsWith('is ')
          ? issue.message
          : `is ${issue.received}; expected ${issue.expected}`;
    return { key, text: `${key} ${what}` };
  });
  throw new LookupFfnError('INVALID_CONFIG', `config.json: ${found.map((f) => f.text).join('; ')}.`, {
    key: found[0]!.key,
    keys: found.map((f) => f.key),
  });
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new LookupFfnError(
      'INVALID_CONFIG',
      `config.json is not valid JSON: ${(error as Error).message}`,
      {},
      error,
    );
  }
}

function readFfn(ffn: ConfigJson['ffn']): FfnSection {
  if (ffn.type === 'dense') return { kind: 'dense' };
  const { type: _type, score_power, layers, ...same } = ffn;
  return { kind: 'lookup', ...same, scorePower: score_power, ...(layers ? { layers } : {}) };
}

/**
 * Reads a config.json, as text or already parsed. Unknown keys are ignored, except in our `ffn` section. Throws
 * `INVALID_CONFIG` naming every key that is wrong; `details.key` is the first.
 */
export function parseConfig(json: unknown): RobertaConfig {
  const result = v.safeParse(configSchema, typeof json === 'string' ? parseText(json) : json);
  if (!result.success) fail(result.issues);
  const c = result.output;
  return validateConfig({
    norm: modelTypes[c.model_type],
    vocabSize: c.vocab_size,
    hiddenSize: c.hidden_size,
    numHiddenLayers: c.num_hidden_layers,
    numAttentionHeads: c.num_attention_heads,
    intermediateSize: c.intermediate_size,
    maxPositionEmbeddings: c.max_position_embeddings,
    typeVocabSize: c.type_vocab_size,
    layerNormEps: c.layer_norm_eps,
    initializerRange: c.initializer_range,
    padTokenId: c.pad_token_id,
    bosTokenId: c.bos_token_id,
    eosTokenId: c.eos_token_id,
    ...(c.mask_token_id === undefined ? {} : { maskTokenId: c.mask_token_id }),
    ffn: readFfn(c.ffn),
  });
}

function writeFfn(ffn: FfnSection): Record<string, unknown> {
  if (ffn.kind === 'dense') return { type: 'dense' };
  const { kind, scorePower, layers, ...same } = ffn;
  return { type: kind, ...same, score_power: scorePower, ...(layers ? { layers } : {}) };
}

/** The config.json of a model, ready for `JSON.stringify`; Hugging Face's loaders ignore our `ffn` section. */
export function configToJson(config: RobertaConfig): Record<string, unknown> {
  const modelType = config.norm === 'pre' ? 'roberta-prelayernorm' : 'roberta';
  return {
    model_type: modelType,
    architectures: [architectures[config.norm]],
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.numHiddenLayers,
    num_attention_heads: config.numAttentionHeads,
    intermediate_size: config.intermediateSize,
    hidden_act: 'gelu',
    max_position_embeddings: config.maxPositionEmbeddings,
    position_embedding_type: 'absolute',
    type_vocab_size: config.typeVocabSize,
    layer_norm_eps: config.layerNormEps,
    initializer_range: config.initializerRange,
    pad_token_id: config.padTokenId,
    bos_token_id: config.bosTokenId,
    eos_token_id: config.eosTokenId,
    ...(config.maskTokenId === undefined ? {} : { mask_token_id: config.maskTokenId }),
    tie_word_embeddings: true,
    ffn: writeFfn(config.ffn),
  };
}
