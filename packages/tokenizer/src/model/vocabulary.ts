import { TokenizerError } from '../errors.js';
import { TokenIndex } from './token-index.js';

/** Largest id a vocabulary may use: ids index flat tables, and a stray huge one must not allocate gigabytes. */
export const MAX_ID: number = 2 ** 24 - 1;

/** Tokens and their ids, both ways. Ids may have holes. */
export class Vocabulary {
  /** By id; a hole is undefined. */
  readonly tokens: (string | undefined)[];
  /** By text. */
  readonly ids: TokenIndex;

  /** From the `vocab` object of a tokenizer.json or a vocab.json; `where` names it in messages. */
  constructor(vocab: unknown, where: string) {
    if (typeof vocab !== 'object' || vocab === null || Array.isArray(vocab)) {
      throw new TokenizerError('INVALID_TOKENIZER', `${where} must be an object from token to id.`);
    }
    const entries = vocab as Record<string, unknown>;
    const texts = Object.keys(entries);
    this.tokens = new Array(texts.length).fill(undefined);
    this.ids = new TokenIndex(this.tokens, texts.length);
    for (const token of texts) {
      const id = entries[token];
      if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id > MAX_ID) {
        throw new TokenizerError(
          'INVALID_TOKENIZER',
          `${where}: the id of ${JSON.stringify(token)} must be a whole number from 0 to ${MAX_ID}, not ${JSON.stringify(id)}.`,
        );
      }
      this.tokens[id] = token;
      this.ids.add(id);
    }
  }

  toJSON(): Record<string, number> {
    const entries: Record<string, number> = {};
    this.tokens.forEach((token, id) => {
      if (token !== undefined) entries[token] = id;
    });
    return entries;
  }
}
