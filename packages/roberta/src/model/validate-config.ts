import { LookupFfnError, readsScore, validateLookupFfnConfig } from '@lookupffn/core';
import { firstPosition, layerLookup, type RobertaConfig } from './config.js';

/** Throws `INVALID_CONFIG` with the key in its message and in `details.key`. */
export function invalidConfig(key: string, message: string, value?: unknown): never {
  throw new LookupFfnError('INVALID_CONFIG', `Model config: ${key} ${message}`, { key, value });
}

/** An Int32 index reaches 2^31; this leaves room for a matrix of a few rows more than the vocabulary. */
const maxVocabulary = 2 ** 24;

// Upper bounds keep an absurd file from asking for absurd memory; none is near a real model.
const ranges = {
  vocab_size: ['vocabSize', 1, maxVocabulary],
  hidden_size: ['hiddenSize', 1, 65536],
  num_hidden_layers: ['numHiddenLayers', 1, 1024],
  num_attention_heads: ['numAttentionHeads', 1, 65536],
  intermediate_size: ['intermediateSize', 1, 2 ** 20],
  max_position_embeddings: ['maxPositionEmbeddings', 1, maxVocabulary],
  type_vocab_size: ['typeVocabSize', 1, 65536],
} as const;

const tokenIds = {
  pad_token_id: 'padTokenId',
  bos_token_id: 'bosTokenId',
  eos_token_id: 'eosTokenId',
  mask_token_id: 'maskTokenId',
} as const;

function checkLayers(layers: readonly number[], count: number): void {
  const bad = layers.find((layer) => !Number.isInteger(layer) || layer < 0 || layer >= count);
  if (bad !== undefined) {
    invalidConfig('ffn.layers', `names layer ${bad}; this model has layers 0 to ${count - 1}.`, layers);
  }
  if (new Set(layers).size !== layers.length) {
    invalidConfig('ffn.layers', 'names a layer twice.', layers);
  }
}

function checkLookup(config: RobertaConfig): void {
  const { ffn } = config;
  if (ffn.kind === 'dense') return;
  if (ffn.layers) checkLayers(ffn.layers, config.numHiddenLayers);
  const { hiddenSize } = config;
  const rank = ffn.outputRank ?? hiddenSize;
  if (!Number.isInteger(rank) || rank < 1 || rank > hiddenSize) {
    invalidConfig(
      'ffn.output_rank',
      `is ${rank}; it must be a whole number from 1 to hidden_size ${hiddenSize}, or left out for tables of hidden_size columns.`,
      rank,
    );
  }
  const lookup = layerLookup({ ...config, ffn: { ...ffn, layers: undefined } }, 0)!;
  try {
    validateLookupFfnConfig(lookup);
  } catch (error) {
    if (!(error instanceof LookupFfnError)) throw error;
    const key = `ffn.${String(error.details.key)}`;
    throw new LookupFfnError(
      'INVALID_CONFIG',
      `Model config: ${key}: ${error.message}`,
      { ...error.details, key },
      error,
    );
  }
  if (!readsScore(ffn.read) && (ffn.temperature || ffn.scorePower)) {
    const key = ffn.temperature ? 'ffn.temperature' : 'ffn.score_power';
    invalidConfig(key, `has no meaning for the '${ffn.read}' read; set it to false.`, true);
  }
}

function checkHead({ family, norm, head, labels, problemType }: RobertaConfig): void {
  if (family !== 'roberta' && norm === 'pre') {
    invalidConfig('model_type', `is ${family}, which has its LayerNorm after each residual.`, norm);
  }
  if (head !== 'sequence-classification') return;
  if (labels.length === 0 || new Set(labels).size !== labels.length) {
    invalidConfig('id2label', 'must name every label of the classification head, each once.', labels);
  }
  if (problemType === undefined) {
    invalidConfig(
      'problem_type',
      'is missing: single_label_classification, multi_label_classification or regression.',
    );
  }
}

/** Throws `INVALID_CONFIG`, naming the config.json key, for a model that cannot exist; returns the config. */
export function validateConfig(config: RobertaConfig): RobertaConfig {
  for (const [key, [field, min, max]] of Object.entries(ranges)) {
    const value = config[field];
    if (!Number.isInteger(value) || value < min || value > max) {
      invalidConfig(key, `is ${value}; it must be a whole number from ${min} to ${max}.`, value);
    }
  }
  const { hiddenSize, numAttentionHeads, maxPositionEmbeddings, layerNormEps, initializerRange } = config;
  if (hiddenSize % numAttentionHeads !== 0) {
    invalidConfig(
      'num_attention_heads',
      `is ${numAttentionHeads}, which does not divide hidden_size ${hiddenSize}.`,
      numAttentionHeads,
    );
  }
  for (const [key, field] of Object.entries(tokenIds)) {
    const id = config[field];
    if (id === undefined && field === 'maskTokenId') continue;
    if (!Number.isInteger(id) || id! < 0 || id! >= config.vocabSize) {
      invalidConfig(
        key,
        `is ${id}; the vocabulary of vocab_size ${config.vocabSize} has ids 0 to ${config.vocabSize - 1}.`,
        id,
      );
    }
  }
  checkHead(config);
  const first = firstPosition(config);
  if (maxPositionEmbeddings <= first) {
    invalidConfig(
      'max_position_embeddings',
      `is ${maxPositionEmbeddings}; RoBERTa counts positions from pad_token_id + 1 = ${first}, which leaves no room for a token.`,
      maxPositionEmbeddings,
    );
  }
  if (!(layerNormEps > 0 && layerNormEps < 1)) {
    invalidConfig('layer_norm_eps', `is ${layerNormEps}; it must be above 0 and below 1.`, layerNormEps);
  }
  if (!(initializerRange > 0 && initializerRange < 10)) {
    invalidConfig(
      'initializer_range',
      `is ${initializerRange}; it must be above 0 and below 10.`,
      initializerRange,
    );
  }
  checkLookup(config);
  return config;
}
