import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LookupFfnError } from '@lookupffn/core';
import { readFileBytes, readJsonFile, readTextFile } from '@lookupffn/core/node';
import {
  byteLevelBpeFromFiles,
  Tokenizer,
  TokenizerError,
  wordPieceFromVocabTxt,
} from '@lookupffn/tokenizer';

/**
 * The tokenizer of a tokenizer.json, or of a folder that has one. Throws as `readFileBytes`, and the tokenizer's own
 * errors with the file's path in front.
 */
export async function readTokenizer(path: string): Promise<Tokenizer> {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return openTokenizer(path);
  const bytes = await readFileBytes(path);
  return naming(path, () => Tokenizer.parse(bytes));
}

function naming(path: string, load: () => Tokenizer): Tokenizer {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof TokenizerError)) throw error;
    throw new TokenizerError(error.code, `${path}: ${error.message}`, { ...error.details, path }, error);
  }
}

/**
 * A folder's tokenizer: `tokenizer.json`, or what older checkpoints have in its place, `vocab.json` with `merges.txt`
 * (RoBERTa) or `vocab.txt` (BERT; case, accents and Chinese characters as `tokenizer_config.json` says). Throws
 * `FILE_NOT_FOUND` where it has none of them.
 */
export async function openTokenizer(folder: string): Promise<Tokenizer> {
  const has = (...names: string[]) => names.every((name) => existsSync(join(folder, name)));
  const text = (name: string) => readTextFile(join(folder, name));
  const json = async (name: string) => (has(name) ? await readJsonFile(join(folder, name)) : {});
  if (has('tokenizer.json')) return readTokenizer(join(folder, 'tokenizer.json'));
  const settings = ((await json('tokenizer_config.json')) ?? {}) as Record<string, unknown>;
  if (has('vocab.json', 'merges.txt')) {
    const files = {
      vocab: await readFileBytes(join(folder, 'vocab.json')),
      merges: await text('merges.txt'),
      addPrefixSpace: settings.add_prefix_space === true,
    };
    return naming(folder, () => byteLevelBpeFromFiles(files));
  }
  if (has('vocab.txt')) {
    const vocab = await text('vocab.txt');
    const { do_lower_case, strip_accents, tokenize_chinese_chars } = settings;
    const options = {
      lowercase: do_lower_case !== false,
      separateIdeographs: tokenize_chinese_chars !== false,
      // Null is what lower case does.
      ...(typeof strip_accents === 'boolean' ? { stripAccents: strip_accents } : {}),
    };
    return naming(folder, () => wordPieceFromVocabTxt(vocab, options));
  }
  throw new LookupFfnError(
    'FILE_NOT_FOUND',
    `${folder} has no tokenizer: tokenizer.json, or vocab.json with merges.txt, or vocab.txt. Download the model's into it.`,
    { path: join(folder, 'tokenizer.json') },
  );
}
