import { dirname, resolve } from 'node:path';
import { LookupFfnError } from '@lookupffn/core';
import { readJsonFile, readTextFile } from '@lookupffn/core/node';
import { configKeys, maxSequenceLength, parseConfig, type RobertaConfig } from '@lookupffn/roberta';
import type { Tokenizer } from '@lookupffn/tokenizer';
import { parseTrainingOptions } from '@lookupffn/train';
import * as v from 'valibot';
import { parse as parseYaml } from 'yaml';
import type { CompleteTrainConfig, TrainConfigInput } from './presets.js';

const schema = v.strictObject({
  model: v.optional(v.record(v.string(), v.unknown())),
  training: v.optional(v.record(v.string(), v.unknown())),
  tokenizer: v.optional(
    v.union(
      [v.strictObject({ vocabulary: v.number() }), v.strictObject({ path: v.string() })],
      'it must be { vocabulary: <n> } or { path: <tokenizer.json> }',
    ),
  ),
  validationFraction: v.optional(v.number()),
  init: v.optional(v.strictObject({ model: v.optional(v.string()), freshFfn: v.optional(v.boolean()) })),
});

/** Keys of config.json that the tokenizer and the sequence length decide. */
export const decided = [
  'vocab_size',
  'bos_token_id',
  'eos_token_id',
  'pad_token_id',
  'mask_token_id',
] as const;

/** JSON, or YAML where the name says so. Throws `FILE_CORRUPT` with the line, and file errors. */
export async function readConfigFile(path: string): Promise<unknown> {
  if (!/\.ya?ml$/i.test(path)) return readJsonFile(path);
  const text = await readTextFile(path);
  try {
    return parseYaml(text) ?? {};
  } catch (error) {
    const message = (error as Error).message.split('\n')[0]!.replace(/:$/, '');
    throw new LookupFfnError('FILE_CORRUPT', `${path} is not YAML: ${message}.`, { path }, error);
  }
}

/** Checks the parts of a configuration; `where` stands before the key in messages. Throws `INVALID_CONFIG`. */
export function parseTrainConfig(value: unknown, where: string): TrainConfigInput {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output as TrainConfigInput;
  const issue = result.issues[0];
  const key = v.getDotPath(issue) ?? 'the file';
  const known = Object.keys(schema.entries).join(', ');
  const what =
    issue.expected === 'never'
      ? `is not a known part; known are ${known}`
      : `is not as expected: ${issue.message}`;
  throw new LookupFfnError('INVALID_CONFIG', `${where}: ${key} ${what}.`, { where, key });
}

/** Reads a configuration file. Throws `INVALID_CONFIG` naming what is wrong, and file errors. */
export async function readTrainConfig(path: string): Promise<TrainConfigInput> {
  return besideFile(path, parseTrainConfig(await readConfigFile(path), path));
}

/** A path in a file means a place beside that file, wherever the command is run. */
export function besideFile<T extends TrainConfigInput>(path: string, config: T): T {
  const { tokenizer, init } = config;
  const beside = (place: string) => resolve(dirname(path), place);
  return {
    ...config,
    ...(tokenizer && 'path' in tokenizer ? { tokenizer: { path: beside(tokenizer.path) } } : {}),
    ...(init?.model === undefined ? {} : { init: { ...init, model: beside(init.model) } }),
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An `ffn` that says its type stands alone; one that does not changes some keys of what is there. */
function overlaidFfn(base: unknown, over: unknown): { ffn?: unknown } {
  return isObject(base) && isObject(over) && over.type === undefined ? { ffn: { ...base, ...over } } : {};
}

/** Lays one configuration over another; later parts win key by key, an `ffn` with a `type` wins whole. */
export function overlay(base: CompleteTrainConfig, over: TrainConfigInput): CompleteTrainConfig {
  return {
    model: { ...base.model, ...over.model, ...overlaidFfn(base.model.ffn, over.model?.ffn) },
    training: { ...base.training, ...over.training },
    tokenizer: over.tokenizer ?? base.tokenizer,
    validationFraction: over.validationFraction ?? base.validationFraction,
    ...(base.init || over.init ? { init: { ...base.init, ...over.init } } : {}),
  };
}

/** Config.json's dense FFN or the look-up section that is there. */
export function withFfn(
  config: CompleteTrainConfig,
  kind: 'dense' | 'lookup' | undefined,
): CompleteTrainConfig {
  const ffn = config.model.ffn as { type?: string } | undefined;
  if (!kind || kind === (ffn?.type ?? 'dense')) return config;
  if (kind === 'lookup') {
    throw new LookupFfnError(
      'INVALID_CONFIG',
      'The configuration has no look-up FFN to use. Give its model.ffn section, e.g. { "type": "lookup", "tables": 64, "bits": 8 }.',
      { key: 'model.ffn' },
    );
  }
  return { ...config, model: { ...config.model, ffn: { type: 'dense' } } };
}

/** Stands in for a tokenizer that is still to be trained, so that a wrong configuration is refused at once. */
const anyTokenizer = {
  vocabularySize: 300,
  specialTokens: { bos: { id: 0 }, pad: { id: 1 }, eos: { id: 2 }, mask: { id: 4 } },
};

type ConfigTokenizer = {
  readonly vocabularySize: number;
  readonly specialTokens: { readonly [role in keyof Tokenizer['specialTokens']]?: { readonly id: number } };
};

/** The model's config for a tokenizer (without one: only checked). Throws `INVALID_CONFIG`, naming the key. */
export function modelConfig(
  { model, training, init }: CompleteTrainConfig,
  tokenizer: ConfigTokenizer = anyTokenizer,
): RobertaConfig {
  for (const key of decided) {
    // A trained model may have rows that its tokenizer does not use.
    if (model[key] !== undefined && !(init && key === 'vocab_size')) {
      throw new LookupFfnError(
        'INVALID_CONFIG',
        `model.${key} follows from the tokenizer. Leave it out of the configuration.`,
        { key: `model.${key}` },
      );
    }
  }
  // A config.json may hold anything; here a key that changes nothing is a misspelt one.
  const unknown = Object.keys(model).find((key) => !configKeys.includes(key));
  if (unknown !== undefined) {
    const known = configKeys.filter((key) => !(decided as readonly string[]).includes(key)).join(', ');
    throw new LookupFfnError('INVALID_CONFIG', `model.${unknown} is not a known key; known are ${known}.`, {
      key: `model.${unknown}`,
    });
  }
  const { bos, eos, cls, sep, pad, mask } = tokenizer.specialTokens;
  const padId = pad?.id ?? 1;
  const { sequenceLength } = parseTrainingOptions(training, 'training.');
  const config = parseConfig({
    max_position_embeddings: sequenceLength + padId + 1,
    vocab_size: tokenizer.vocabularySize,
    ...model,
    bos_token_id: (bos ?? cls)?.id ?? 0,
    eos_token_id: (eos ?? sep)?.id ?? 2,
    pad_token_id: padId,
    mask_token_id: mask?.id,
  });
  const limit = maxSequenceLength(config);
  if (sequenceLength > limit) {
    throw new LookupFfnError(
      'INVALID_CONFIG',
      `training.sequenceLength is ${sequenceLength}, but model.max_position_embeddings ${config.maxPositionEmbeddings} leaves room for ${limit} tokens. Lower the one or raise the other.`,
      { key: 'training.sequenceLength' },
    );
  }
  return config;
}
