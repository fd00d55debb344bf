import { join } from 'node:path';
import { isLookupFfnError } from '@lookupffn/core';
import { readJsonFile, readTextFile } from '@lookupffn/core/node';

export const tokenizerFile = 'tokenizer.json';

/** What names a model's tokens. */
export interface TokenizerFile {
  /** The file's name. */
  readonly name: string;
  /** The text of tokenizer.json; of none else, for nobody else reads them from here. */
  readonly text?: string;
  /** In tokenizer.json's shape, or as much of it as the file tells. */
  readonly json: unknown;
}

/** What is read, or undefined where there is no such file. */
export async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isLookupFfnError(error) && error.code === 'FILE_NOT_FOUND') return undefined;
    throw error;
  }
}

/**
 * A folder's tokenizer.json, or what older checkpoints have in its place, if it has any: vocab.json (RoBERTa) or
 * vocab.txt (BERT, a token a line). Throws `FILE_CORRUPT` for a cut-off file.
 */
export async function readTokenizerFile(folder: string): Promise<TokenizerFile | undefined> {
  const path = join(folder, tokenizerFile);
  const json = await ifThere(readJsonFile(path));
  if (json !== undefined) return { name: tokenizerFile, json, text: await readTextFile(path) };
  const vocab = await ifThere(readJsonFile(join(folder, 'vocab.json')));
  if (vocab !== undefined) return { name: 'vocab.json', json: { model: { vocab } } };
  const lines = await ifThere(readTextFile(join(folder, 'vocab.txt')));
  if (lines === undefined) return undefined;
  const tokens = lines.replace(/\n$/, '').split('\n');
  const ids = Object.fromEntries(tokens.map((token, id) => [token.trimEnd(), id]));
  return { name: 'vocab.txt', json: { model: { vocab: ids } } };
}
