import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LookupFfnError } from '@lookupffn/core';
import { readJsonFile, readTextFile } from '@lookupffn/core/node';
import { byteLevelBpeFromFiles, Tokenizer, wordPieceFromVocabTxt } from '@lookupffn/tokenizer';

/**
 * A folder's tokenizer: `tokenizer.json`, or what older checkpoints have in its place, `vocab.json` with `merges.txt`
 * (RoBERTa) or `vocab.txt` (BERT; cased where `tokenizer_config.json` says so). Throws `FILE_NOT_FOUND` where it has
 * none of them.
 */
export async function openTokenizer(folder: string): Promise<Tokenizer> {
  const has = (...names: string[]) => names.every((name) => existsSync(join(folder, name)));
  const text = (name: string) => readTextFile(join(folder, name));
  const json = async (name: string) => (has(name) ? await readJsonFile(join(folder, name)) : {});
  if (has('tokenizer.json')) return Tokenizer.fromJSON(await json('tokenizer.json'));
  const settings = ((await json('tokenizer_config.json')) ?? {}) as Record<string, unknown>;
  if (has('vocab.json', 'merges.txt')) {
    const vocab = (await json('vocab.json')) as Record<string, number>;
    return byteLevelBpeFromFiles({
      vocab,
      merges: await text('merges.txt'),
      addPrefixSpace: settings.add_prefix_space === true,
    });
  }
  if (has('vocab.txt')) {
    return wordPieceFromVocabTxt(await text('vocab.txt'), { lowercase: settings.do_lower_case !== false });
  }
  throw new LookupFfnError(
    'FILE_NOT_FOUND',
    `${folder} has no tokenizer: tokenizer.json, or vocab.json with merges.txt, or vocab.txt. Download the model's into it.`,
    { path: join(folder, 'tokenizer.json') },
  );
}
