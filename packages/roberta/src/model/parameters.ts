import { type LookupFfnConfig, LookupFfnError, lookupFfnGeometry } from '@lookupffn/core';
import { type LookupFfnSection, layerLookup, type RobertaConfig } from './config.js';
import { classificationHead, languageModelHead } from './heads.js';
import { modulePrefix } from './modules.js';

/**
 * What a parameter is, for weight decay, learning-rate groups and reports. `projection` and `threshold` are the matrix
 * and the bias whose signs are the codes.
 */
export type ParameterKind =
  | 'embedding'
  | 'weight'
  | 'bias'
  | 'norm'
  | 'projection'
  | 'threshold'
  | 'table'
  | 'read';

/** How a fresh parameter starts: `N(0, std^2)`, rows of sinusoids with that standard deviation, or a constant. */
export type Initial = { readonly std: number; readonly sinusoids?: boolean } | { readonly value: number };

export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly kind: ParameterKind;
  readonly initial: Initial;
}

function linear(name: string, outSize: number, inSize: number, std: number): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [outSize, inSize], kind: 'weight', initial: { std } },
    { name: `${name}.bias`, shape: [outSize], kind: 'bias', initial: { value: 0 } },
  ];
}

function norm(name: string, size: number): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [size], kind: 'norm', initial: { value: 1 } },
    { name: `${name}.bias`, shape: [size], kind: 'norm', initial: { value: 0 } },
  ];
}

function embedding(name: string, rows: number, size: number, initial: Initial): ParameterSpec {
  return { name: `${name}.weight`, shape: [rows, size], kind: 'embedding', initial };
}

/**
 * Positions are learned, as RoBERTa's are, but start as sinusoids: attention to a neighbour is then one map for all
 * positions from the first step on. A single token type is added to every token alike and starts at 0: as large as the
 * words' embeddings, it would be a third of what every layer, and every code, sees.
 */
function embeddings(config: RobertaConfig): ParameterSpec[] {
  const { hiddenSize: d, initializerRange: std, typeVocabSize: types } = config;
  const name = `${modulePrefix(config)}.embeddings`;
  return [
    embedding(`${name}.word_embeddings`, config.vocabSize, d, { std }),
    embedding(`${name}.position_embeddings`, config.maxPositionEmbeddings, d, { std, sinusoids: true }),
    embedding(`${name}.token_type_embeddings`, types, d, types === 1 ? { value: 0 } : { std }),
    ...norm(`${name}.LayerNorm`, d),
  ];
}

/**
 * Where a learned gamma starts. At 1, that of a score which is not learned, the product of the score is 0.004 for codes
 * of 8 bits near their thresholds: few tokens reach the output, and a layer that needs a large one drives its codes
 * apart. docs/results/recipe.md has the measurement.
 */
const learnedGamma = 0.25;

/**
 * A LookupFFN block's parameters, in the names and with the initial values of the numeric conventions. With an output
 * rank r, `config.out`, the matrix after the tables starts as N(0, 1/r): the sum of r independent columns then varies
 * as much as one of them, which is what a block without the matrix gives.
 */
function lookupFfnParameters(
  name: string,
  config: LookupFfnConfig,
  learned: Pick<LookupFfnSection, 'temperature' | 'scorePower' | 'skip' | 'outputRank'>,
): ParameterSpec[] {
  const { hidden, out, tables, block, stages } = config;
  const { padded, blocks, repeats, codeBits, cells } = lookupFfnGeometry(config);
  const projection: ParameterSpec =
    config.projection === 'dense'
      ? {
          name: `${name}.projection.weight`,
          shape: [codeBits, hidden],
          kind: 'projection',
          initial: { std: 0.02 },
        }
      : {
          name: `${name}.projection.weight`,
          shape: [repeats, stages, blocks, block, block],
          kind: 'projection',
          initial: { std: 1 / Math.sqrt(block * padded) },
        };
  const perTable = (parameter: string, value: number): ParameterSpec => ({
    name: `${name}.${parameter}`,
    shape: [tables],
    kind: 'read',
    initial: { value },
  });
  return [
    ...norm(`${name}.LayerNorm`, hidden),
    projection,
    { name: `${name}.projection.bias`, shape: [codeBits], kind: 'threshold', initial: { value: 0 } },
    { name: `${name}.tables`, shape: [tables, cells, out], kind: 'table', initial: { std: 0.02 } },
    { name: `${name}.bias`, shape: [out], kind: 'bias', initial: { std: 0.001 } },
    ...(learned.temperature ? [perTable('read.temperature', 1)] : []),
    ...(learned.scorePower ? [perTable('score.beta', 2), perTable('score.gamma', learnedGamma)] : []),
    ...(learned.skip
      ? [
          {
            name: `${name}.skip.weight`,
            shape: [out, hidden],
            kind: 'weight',
            initial: { std: 0.02 },
          } as const,
        ]
      : []),
    ...(learned.outputRank === undefined ? [] : linear(`${name}.output`, hidden, out, 1 / Math.sqrt(out))),
  ];
}

/** The parameters of `feedForward`: those of a layer's FFN, dense or look-up, with the LayerNorm that it begins with. */
export function feedForwardParameters(config: RobertaConfig, index: number): ParameterSpec[] {
  const { hiddenSize: d, intermediateSize, initializerRange: std, ffn } = config;
  const name = `${modulePrefix(config)}.encoder.layer.${index}`;
  const lookup = layerLookup(config, index);
  if (lookup && ffn.kind === 'lookup') return lookupFfnParameters(`${name}.ffn`, lookup, ffn);
  return [
    ...(config.norm === 'pre' ? norm(`${name}.intermediate.LayerNorm`, d) : []),
    ...linear(`${name}.intermediate.dense`, intermediateSize, d, std),
    ...linear(`${name}.output.dense`, d, intermediateSize, std),
  ];
}

function layerParameters(config: RobertaConfig, index: number): ParameterSpec[] {
  const { hiddenSize: d, initializerRange: std } = config;
  const name = `${modulePrefix(config)}.encoder.layer.${index}`;
  const post = config.norm === 'post';
  return [
    ...(post ? [] : norm(`${name}.attention.LayerNorm`, d)),
    ...['query', 'key', 'value'].flatMap((part) => linear(`${name}.attention.self.${part}`, d, d, std)),
    ...linear(`${name}.attention.output.dense`, d, d, std),
    ...(post ? norm(`${name}.attention.output.LayerNorm`, d) : []),
    ...feedForwardParameters(config, index),
    ...(post ? norm(`${name}.output.LayerNorm`, d) : []),
  ];
}

/** The MLM decoder shares the word embeddings' table, unless it is untied; a checkpoint holds it once. */
export function tiedParameters(config: RobertaConfig): ReadonlyMap<string, string> {
  if (config.head !== 'masked-lm') return new Map();
  const { decoder, bias } = languageModelHead(config);
  const words = `${modulePrefix(config)}.embeddings.word_embeddings.weight`;
  return new Map([
    ...(config.untiedDecoder ? [] : [[`${decoder}.weight`, words] as const]),
    [`${decoder}.bias`, bias],
  ]);
}

function headParameters(config: RobertaConfig): ParameterSpec[] {
  const { hiddenSize: d, initializerRange: std } = config;
  if (config.head === 'masked-lm') {
    const head = languageModelHead(config);
    return [
      ...linear(head.dense, d, d, std),
      ...norm(head.norm, d),
      { name: head.bias, shape: [config.vocabSize], kind: 'bias', initial: { value: 0 } },
      ...(config.untiedDecoder ? linear(head.decoder, config.vocabSize, d, std).slice(0, 1) : []),
    ];
  }
  if (config.head === 'none') return [];
  const head = classificationHead(config);
  return [...linear(head.dense, d, d, std), ...linear(head.out, config.labels.length, d, std)];
}

/**
 * BERT's pooler, which checkpoints hold with any head or none: a pretrained part of the classification head, where
 * fine-tuning starts. None for models that have it among their own parameters, and for other families.
 */
export function poolerParameters(config: RobertaConfig): ParameterSpec[] {
  const { family, head, hiddenSize: d, initializerRange: std } = config;
  if (family !== 'bert' || head === 'sequence-classification') return [];
  return linear(classificationHead(config).dense, d, d, std);
}

/** Every parameter of the model with its head: the one list behind initial values, loading, saving and counting. */
export function parameterSpecs(config: RobertaConfig): ParameterSpec[] {
  const prefix = modulePrefix(config);
  const specs = [
    ...embeddings(config),
    ...Array.from({ length: config.numHiddenLayers }, (_, i) => layerParameters(config, i)).flat(),
    ...(config.norm === 'pre' ? norm(`${prefix}.LayerNorm`, config.hiddenSize) : []),
    ...headParameters(config),
  ];
  const names = new Set(specs.map((spec) => spec.name));
  if (names.size !== specs.length) {
    throw new LookupFfnError(
      'INVALID_CONFIG',
      'Two parameters of the model share a name; this is a bug, please report it.',
    );
  }
  return specs;
}
