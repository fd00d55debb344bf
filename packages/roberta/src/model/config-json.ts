import { LookupFfnError, readModes } from '@lookupffn/core';
import * as v from 'valibot';
import { fromAuthorsConfig } from '../weights/authors.js';
import type { FfnSection, ModelHead, RobertaConfig } from './config.js';
import { lookupDefaults } from './define-config.js';
import { validateConfig } from './validate-config.js';

/** `model_type` as Hugging Face names each family and place of the LayerNorm, with its classes' first word. */
const modelTypes = {
  roberta: { family: 'roberta', norm: 'post', word: 'Roberta' },
  'roberta-prelayernorm': { family: 'roberta', norm: 'pre', word: 'RobertaPreLayerNorm' },
  'xlm-roberta': { family: 'xlm-roberta', norm: 'post', word: 'XLMRoberta' },
  bert: { family: 'bert', norm: 'post', word: 'Bert' },
} as const;
type ModelType = keyof typeof modelTypes;

// Where config.json leaves them out. BERT's never has ids of [CLS] and [SEP]: a folder's tokenizer.json says them, and
// without one they stand where they do in every published vocabulary (a smaller one is a test's).
const defaults = {
  roberta: { pad: 1, bos: 0, eos: 2, mask: undefined },
  bert: { pad: 0, bos: 101, eos: 102, mask: undefined },
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
    read: v.optional(v.picklist(readModes), lookupDefaults.read),
    temperature: v.optional(v.boolean(), lookupDefaults.temperature),
    score_power: v.optional(v.boolean(), lookupDefaults.scorePower),
    skip: v.optional(v.boolean(), lookupDefaults.skip),
    // null is none, so that a grid of ranks can hold it.
    output_rank: v.nullish(count),
    layers: v.optional(v.array(count)),
  }),
]);

// Loose: config.json files carry many keys that change nothing here (dropout, library versions, ...). Keys that
// would change the mathematics are named, so that no other model is run as if it were this one.
const configSchema = v.looseObject({
  model_type: v.picklist(
    Object.keys(modelTypes) as ModelType[],
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
  pad_token_id: v.nullish(count),
  bos_token_id: v.nullish(count),
  eos_token_id: v.nullish(count),
  mask_token_id: v.optional(count),
  architectures: v.nullish(v.array(v.string())),
  id2label: v.nullish(v.record(v.string(), v.string())),
  problem_type: v.nullish(
    v.picklist(['single_label_classification', 'multi_label_classification', 'regression']),
  ),
  hidden_act: only('gelu', ' (the exact one, with erf)'),
  position_embedding_type: only('absolute', ''),
  is_decoder: only(false, ': this is an encoder'),
  add_cross_attention: only(false, ': this is an encoder'),
  tie_word_embeddings: v.optional(v.boolean(), true),
  ffn: v.optional(ffnSchema, { type: 'dense' }),
});

type ConfigJson = v.InferOutput<typeof configSchema>;

/** The keys of config.json that `parseConfig` reads; it ignores all others. */
export const configKeys: readonly string[] = Object.keys(configSchema.entries);

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
  const { type: _type, score_power, output_rank, layers, ...same } = ffn;
  return {
    kind: 'lookup',
    ...same,
    scorePower: score_power,
    ...(typeof output_rank === 'number' ? { outputRank: output_rank } : {}),
    ...(layers ? { layers } : {}),
  };
}

/** Where a head's tensors are; BERT's pooler is of the encoder too, so that it tells nothing. */
const headTensors = {
  'masked-lm': /(^|\.)(lm_head|cls\.predictions)\./,
  'sequence-classification': /(^|\.)classifier\./,
} as const;

/** The head that a class of transformers has, or undefined without `architectures`. */
function namedHead(architecture: string | undefined): ModelHead | undefined {
  if (architecture === undefined) return undefined;
  if (/For(MaskedLM|PreTraining)$/.test(architecture)) return 'masked-lm';
  if (architecture.endsWith('ForSequenceClassification')) return 'sequence-classification';
  if (architecture.endsWith('Model')) return 'none';
  throw new LookupFfnError(
    'INVALID_CONFIG',
    `config.json: architectures names ${architecture}; supported are ...Model, ...ForMaskedLM and ...ForSequenceClassification of ${Object.keys(modelTypes).join(', ')}.`,
    { key: 'architectures', value: architecture },
  );
}

/**
 * The head that `architectures` names. Where the checkpoint's tensors are known they have the last word: published
 * encoders often keep the class they were pretrained as, or none, and transformers' AutoModel loads those too.
 */
function readHead(architecture: string | undefined, tensors: readonly string[] | undefined): ModelHead {
  const named = namedHead(architecture);
  if (!tensors) return named ?? 'masked-lm';
  const has = (head: keyof typeof headTensors) => tensors.some((name) => headTensors[head].test(name));
  if (named === 'none' || (named && has(named))) return named;
  return named ? 'none' : ((['masked-lm', 'sequence-classification'] as const).find(has) ?? 'none');
}

function readLabels(head: ModelHead, c: ConfigJson): Pick<RobertaConfig, 'labels' | 'problemType'> {
  if (head !== 'sequence-classification') return { labels: [] };
  // As Hugging Face has it, two labels unless they are named.
  const names = c.id2label ?? { 0: 'LABEL_0', 1: 'LABEL_1' };
  const labels = Object.keys(names).map((_, i) => names[i]);
  if (labels.length === 0 || labels.some((label) => label === undefined)) {
    throw new LookupFfnError(
      'INVALID_CONFIG',
      'config.json: id2label must name the labels 0, 1, and so on.',
      {
        key: 'id2label',
      },
    );
  }
  const problemType = c.problem_type ?? (labels.length === 1 ? 'regression' : 'single_label_classification');
  return { labels: labels as string[], problemType };
}

/** Special tokens that a folder's tokenizer names, for what config.json leaves out. */
export interface KnownTokens {
  readonly bos?: number;
  readonly eos?: number;
  readonly mask?: number;
}

/** What a folder's other files tell of its model. */
export interface KnownFiles extends KnownTokens {
  /** Names of the checkpoint's tensors: a head that has none is no head, whatever config.json says. */
  readonly tensors?: readonly string[];
}

/**
 * Reads a config.json, as text or already parsed, Hugging Face's or that of LookupFFN's authors. Unknown keys are
 * ignored, except in our `ffn` section. The head is that of `architectures`, but `none` where `known.tensors` has
 * nothing of it; without `architectures` it is the one that `known.tensors` has, and masked-lm where they are not given.
 * Throws `INVALID_CONFIG` naming every key that is wrong; `details.key` is the first.
 */
export function parseConfig(json: unknown, known: KnownFiles = {}): RobertaConfig {
  const plain = fromAuthorsConfig(typeof json === 'string' ? parseText(json) : json);
  const result = v.safeParse(configSchema, plain);
  if (!result.success) fail(result.issues);
  const c = result.output;
  const { family, norm } = modelTypes[c.model_type];
  const head = readHead(c.architectures?.[0], known.tensors);
  const standard = defaults[family === 'bert' ? 'bert' : 'roberta'];
  const maskTokenId = c.mask_token_id ?? known.mask;
  return validateConfig({
    family,
    head,
    norm,
    vocabSize: c.vocab_size,
    hiddenSize: c.hidden_size,
    numHiddenLayers: c.num_hidden_layers,
    numAttentionHeads: c.num_attention_heads,
    intermediateSize: c.intermediate_size,
    maxPositionEmbeddings: c.max_position_embeddings,
    typeVocabSize: c.type_vocab_size,
    layerNormEps: c.layer_norm_eps,
    initializerRange: c.initializer_range,
    padTokenId: c.pad_token_id ?? standard.pad,
    bosTokenId: c.bos_token_id ?? known.bos ?? Math.min(standard.bos, c.vocab_size - 1),
    eosTokenId: c.eos_token_id ?? known.eos ?? Math.min(standard.eos, c.vocab_size - 1),
    ...(maskTokenId === undefined ? {} : { maskTokenId }),
    ...(head === 'masked-lm' && !c.tie_word_embeddings ? { untiedDecoder: true } : {}),
    ...readLabels(head, c),
    ffn: readFfn(c.ffn),
  });
}

function writeFfn(ffn: FfnSection): Record<string, unknown> {
  if (ffn.kind === 'dense') return { type: 'dense' };
  const { kind, scorePower, outputRank, layers, ...same } = ffn;
  return {
    type: kind,
    ...same,
    score_power: scorePower,
    ...(outputRank === undefined ? {} : { output_rank: outputRank }),
    ...(layers ? { layers } : {}),
  };
}

/** The config.json of a model, ready for `JSON.stringify`; Hugging Face's loaders ignore our `ffn` section. */
export function configToJson(config: RobertaConfig): Record<string, unknown> {
  const { family, norm, head, labels } = config;
  const [modelType, { word }] = Object.entries(modelTypes).find(
    ([, type]) => type.family === family && type.norm === norm,
  )!;
  const classes = {
    'masked-lm': 'ForMaskedLM',
    'sequence-classification': 'ForSequenceClassification',
    none: 'Model',
  };
  return {
    model_type: modelType,
    architectures: [`${word}${classes[head]}`],
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
    tie_word_embeddings: !config.untiedDecoder,
    ...(head === 'sequence-classification'
      ? {
          id2label: Object.fromEntries(labels.entries()),
          label2id: Object.fromEntries(labels.map((label, i) => [label, i])),
          problem_type: config.problemType,
        }
      : {}),
    ffn: writeFfn(config.ffn),
  };
}
