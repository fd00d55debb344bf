import { TokenizerError } from '../errors.js';

/** Largest id a vocabulary may use: ids index flat tables, and a stray huge one must not allocate gigabytes. */
const MAX_ID = 2 ** 24;

/** Tokens and their ids, both ways. Ids may have holes. */
export class Vocabulary {
  readonly idOf: Map<string, number> = new Map();
  /** By id; a hole is undefined. */
  readonly tokens: (string | undefined)[] = [];

  /** From the `vocab` object of a tokenizer.json or a vocab.json. */
  static fromEntries(vocab: unknown, where: string): Vocabulary {
    if (typeof vocab !== 'object' || vocab === null || Array.isArray(vocab)) {
      throw new TokenizerError('INVALID_TOKENIZER', `${where} must be an object from token to id.`);
    }
    const vocabulary = new Vocabulary();
    const entries = vocab as Record<string, unknown>;
    for (const token of Object.keys(entries)) {
      const id = entries[token];
      if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id > MAX_ID) {
        throw new TokenizerError(
          'INVALID_TOKENIZER',
          `${where}: the id of ${JSON.stringify(token)} must be a whole number from 0 to ${MAX_ID}, not ${JSON.stringify(id)}.`,
        );
      }
      vocabulary.add(token, id);
    }
    return vocabulary;
  }

  /** From tokens in the order of their ids. */
  static fromTokens(tokens: readonly string[]): Vocabulary {
    const vocabulary = new Vocabulary();
    tokens.forEach((token, id) => {
      vocabulary.add(token, id);
    });
    return vocabulary;
  }

  add(token: string, id: number): void {
    this.idOf.set(token, id);
    this.tokens[id] = token;
  }

  /** Number of entries, holes not counted. */
  get size(): number {
    return this.idOf.size;
  }

  toJSON(): Record<string, number> {
    const entries: Record<string, number> = {};
    this.tokens.forEach((token, id) => {
      if (token !== undefined && this.idOf.get(token) === id) entries[token] = id;
    });
    return entries;
  }
}
