import { LookupFfnError, readsNearest } from '@lookupffn/core';
import {
  type LookupFfnSection,
  lookupDefaults,
  type RobertaConfig,
  validateConfig,
} from '@lookupffn/roberta';

/** What `convertModel` may be told. */
export interface ConvertOptions {
  /** Layers to convert; `auto` converts as many as `maxLoss` allows, the least harmful first. Default all. */
  readonly layers: 'all' | 'auto' | readonly number[];
  /** With `auto`: how far below 1 the mean cosine of embeddings may fall after `budgetSteps` of distillation. */
  readonly maxLoss: number;
  readonly tables: number;
  readonly bits: number;
  readonly block: number;
  readonly read: LookupFfnSection['read'];
  /** Tokens captured for fitting layers; distillation uses all texts. */
  readonly tokens: number;
  /** Most steps of a layer's fit. */
  readonly steps: number;
  /** Steps of the whole model towards the dense one; 0 for none. */
  readonly distilSteps: number;
  readonly distilBatchTokens: number;
  readonly distilLearningRate: number;
  /** Weight of what the model's head makes of the hidden states, beside the hidden states themselves; 0: left out. */
  readonly logitWeight: number;
  /** Softens the distributions of classes and words that are compared. */
  readonly temperature: number;
  /** Steps of distillation at each number of layers, for the curve of what a further layer costs; 0: the fits alone. */
  readonly budgetSteps: number;
  /** Whether affine-only models are distilled just as long, for a fair comparison. */
  readonly baseline: boolean;
  readonly batchTokens: number;
  readonly learningRate: number;
  readonly tableLearningRate: number;
  readonly seed: number;
}

export const convertDefaults: ConvertOptions = {
  layers: 'all',
  maxLoss: 0.02,
  tables: 64,
  bits: 6,
  block: 32,
  read: 'two-cell',
  tokens: 60_000,
  steps: 100,
  distilSteps: 1000,
  distilBatchTokens: 512,
  distilLearningRate: 5e-4,
  logitWeight: 1,
  temperature: 2,
  budgetSteps: 0,
  baseline: true,
  batchTokens: 1024,
  learningRate: 1e-3,
  tableLearningRate: 3,
  seed: 0,
};

/** The converted model's config with these layers as look-ups beside an affine path; `INVALID_CONFIG` for sizes that no block has. */
export function convertedConfig(
  config: RobertaConfig,
  layers: readonly number[],
  { tables, bits, block, read }: ConvertOptions,
): RobertaConfig {
  if (layers.length === 0) return config;
  const ffn: LookupFfnSection = {
    ...lookupDefaults,
    kind: 'lookup',
    tables,
    bits,
    // A block is no larger than the padded hidden size.
    block: Math.min(block, 2 ** Math.ceil(Math.log2(config.hiddenSize))),
    read,
    temperature: readsNearest(read),
    skip: true,
    layers: [...layers].sort((a, b) => a - b),
  };
  return validateConfig({ ...config, ffn });
}

/** The config of the same layers as affine maps alone: a block whose one table is all 0, so small that it costs nothing. */
export function affineConfig(
  config: RobertaConfig,
  layers: readonly number[],
  options: ConvertOptions,
): RobertaConfig {
  const converted = convertedConfig(config, layers, options);
  if (converted.ffn.kind === 'dense') return converted;
  const none = { tables: 1, bits: 1, projection: 'dense', read: 'single', temperature: false } as const;
  return validateConfig({ ...converted, ffn: { ...converted.ffn, ...none } });
}

/** Throws `INVALID_ARGUMENT` for a model that is converted already, or layers that it does not have. */
export function candidateLayers(config: RobertaConfig, { layers }: ConvertOptions): number[] {
  if (config.ffn.kind === 'lookup') {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      'This model has look-up layers already; convert the dense one.',
    );
  }
  const all = Array.from({ length: config.numHiddenLayers }, (_, i) => i);
  if (layers === 'all' || layers === 'auto') return all;
  const bad = layers.find((layer) => !all.includes(layer));
  if (bad !== undefined || layers.length === 0) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `layers names ${bad ?? 'none'}; the model has layers 0 to ${all.length - 1}.`,
    );
  }
  return [...new Set(layers)].sort((a, b) => a - b);
}
