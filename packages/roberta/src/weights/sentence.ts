import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isLookupFfnError, LookupFfnError } from '@lookupffn/core';
import { readJsonFile, writeJsonFile } from '@lookupffn/core/node';
import * as v from 'valibot';
import type { SentencePooling } from '../model/config.js';

const modulesFile = 'modules.json';
const poolingFolder = '1_Pooling';
const poolingFile = `${poolingFolder}/config.json`;

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

async function readMode(path: string): Promise<SentencePooling['pooling']> {
  const json = await readJsonFile(path);
  const flags = Object.entries((json ?? {}) as Record<string, unknown>);
  const on = flags.filter(([key, value]) => key.startsWith('pooling_mode_') && value === true);
  const mode = (['mean', 'cls'] as const).find((name) => modes[name] === on[0]?.[0]);
  if (on.length !== 1 || !mode)
    throw unsupported(path, `it asks for ${on.map(([key]) => key).join(', ') || 'no pooling'}`);
  return mode;
}

/**
 * How a sentence-transformers folder pools, or undefined for a folder without modules.json. Throws `INVALID_CONFIG`
 * for modules that are not known here, whose absence would change every vector.
 */
export async function readSentencePooling(folder: string): Promise<SentencePooling | undefined> {
  const path = join(folder, modulesFile);
  let json: unknown;
  try {
    json = await readJsonFile(path);
  } catch (error) {
    if (isLookupFfnError(error) && error.code === 'FILE_NOT_FOUND') return undefined;
    throw error;
  }
  const result = v.safeParse(modulesSchema, json);
  if (!result.success) throw unsupported(path, 'it is no list of modules');
  const kinds = result.output.map(({ type, path: place }) => ({ kind: type.split('.').at(-1)!, place }));
  const strange = kinds.find(({ kind }) => !['Transformer', 'Pooling', 'Normalize'].includes(kind));
  if (strange) throw unsupported(path, `it has a module ${strange.kind}`);
  const pooling = kinds.find(({ kind }) => kind === 'Pooling');
  if (!pooling || /\.\.|^[/\\]/.test(pooling.place))
    throw unsupported(path, 'it has no Pooling module of its own');
  return {
    pooling: await readMode(join(folder, pooling.place, 'config.json')),
    normalize: kinds.some(({ kind }) => kind === 'Normalize'),
  };
}

/** Writes them as sentence-transformers does; resolves with the names. */
export async function writeSentencePooling(
  folder: string,
  { pooling, normalize }: SentencePooling,
  hiddenSize: number,
): Promise<string[]> {
  await mkdir(join(folder, poolingFolder), { recursive: true });
  await writeJsonFile(join(folder, poolingFile), {
    word_embedding_dimension: hiddenSize,
    ...Object.fromEntries(Object.entries(modes).map(([name, key]) => [key, name === pooling])),
  });
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
  return [poolingFile, modulesFile];
}
