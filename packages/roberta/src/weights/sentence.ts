import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LookupFfnError } from '@lookupffn/core';
import { readJsonFile, writeJsonFile } from '@lookupffn/core/node';
import * as v from 'valibot';
import type { SentencePooling } from '../model/config.js';
import { ifThere } from './tokenizer-files.js';

const modulesFile = 'modules.json';
const poolingFolder = '1_Pooling';
const poolingFile = `${poolingFolder}/config.json`;
const lengthFile = 'sentence_bert_config.json';

const modulesSchema = v.array(v.object({ type: v.string(), path: v.string() }));

const modes = {
  mean: 'pooling_mode_mean_tokens',
  cls: 'pooling_mode_cls_token',
} as const;

function unsupported(path: string, what: string): LookupFfnError {
  return new LookupFfnError(
    'INVALID_CONFIG',
    `${path}: ${what}; supported are a Transformer, Pooling (mean or cls alone) and Normalize.`,
    { path },
  );
}

/** Whether a module's path leaves its folder. */
const outside = (place: string) => /\.\.|^[/\\]/.test(place);

async function readMode(path: string): Promise<SentencePooling['pooling']> {
  const json = await readJsonFile(path);
  const flags = Object.entries((json ?? {}) as Record<string, unknown>);
  const on = flags.filter(([key, value]) => key.startsWith('pooling_mode_') && value === true);
  const mode = (['mean', 'cls'] as const).find((name) => modes[name] === on[0]?.[0]);
  if (on.length !== 1 || !mode)
    throw unsupported(path, `it asks for ${on.map(([key]) => key).join(', ') || 'no pooling'}`);
  return mode;
}

/** `max_seq_length` of the Transformer module; null and no file leave it to the model. */
async function readMaxLength(path: string): Promise<number | undefined> {
  const json = (await ifThere(readJsonFile(path))) as { max_seq_length?: unknown } | null | undefined;
  const length = json?.max_seq_length ?? undefined;
  if (length === undefined) return undefined;
  // [CLS] and [SEP] alone are two.
  if (Number.isInteger(length) && (length as number) >= 2) return length as number;
  throw new LookupFfnError(
    'INVALID_CONFIG',
    `${path}: max_seq_length is ${JSON.stringify(length)}; it must be a whole number of at least 2, or null.`,
    { path, key: 'max_seq_length', value: length },
  );
}

/**
 * How a sentence-transformers folder pools and where it cuts texts, or undefined for a folder without modules.json.
 * Throws `INVALID_CONFIG` for modules that are not known here, whose absence would change every vector.
 */
export async function readSentencePooling(folder: string): Promise<SentencePooling | undefined> {
  const path = join(folder, modulesFile);
  const json = await ifThere(readJsonFile(path));
  if (json === undefined) return undefined;
  const result = v.safeParse(modulesSchema, json);
  if (!result.success) throw unsupported(path, 'it is no list of modules');
  const kinds = result.output.map(({ type, path: place }) => ({ kind: type.split('.').at(-1)!, place }));
  const strange = kinds.find(({ kind }) => !['Transformer', 'Pooling', 'Normalize'].includes(kind));
  if (strange) throw unsupported(path, `it has a module ${strange.kind}`);
  const pooling = kinds.find(({ kind }) => kind === 'Pooling');
  if (!pooling || outside(pooling.place)) throw unsupported(path, 'it has no Pooling module of its own');
  const place = kinds.find(({ kind }) => kind === 'Transformer')?.place ?? '';
  if (outside(place)) throw unsupported(path, 'its Transformer is elsewhere');
  const maxLength = await readMaxLength(join(folder, place, lengthFile));
  return {
    pooling: await readMode(join(folder, pooling.place, 'config.json')),
    normalize: kinds.some(({ kind }) => kind === 'Normalize'),
    ...(maxLength === undefined ? {} : { maxLength }),
  };
}

/** Writes them as sentence-transformers does; resolves with the names. */
export async function writeSentencePooling(
  folder: string,
  { pooling, normalize, maxLength }: SentencePooling,
  hiddenSize: number,
): Promise<string[]> {
  await mkdir(join(folder, poolingFolder), { recursive: true });
  await writeJsonFile(join(folder, poolingFile), {
    word_embedding_dimension: hiddenSize,
    ...Object.fromEntries(Object.entries(modes).map(([name, key]) => [key, name === pooling])),
  });
  // Null, not no file: one of an older model may be there.
  await writeJsonFile(join(folder, lengthFile), { max_seq_length: maxLength ?? null, do_lower_case: false });
  const module = (idx: number, path: string, kind: string) => ({
    idx,
    name: String(idx),
    path,
    type: `sentence_transformers.models.${kind}`,
  });
  await writeJsonFile(join(folder, modulesFile), [
    module(0, '', 'Transformer'),
    module(1, poolingFolder, 'Pooling'),
    ...(normalize ? [module(2, '2_Normalize', 'Normalize')] : []),
  ]);
  return [poolingFile, lengthFile, modulesFile];
}
