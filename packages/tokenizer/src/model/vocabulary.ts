import { TokenizerError } from '../errors.js';
import { hashUnits } from './hash.js';
import { type HashTable, indexTexts } from './hash-table.js';
import { sameText, spells, type Texts, textAt, textsOf } from './texts.js';

/** Largest id a vocabulary may use: ids index flat tables, and a stray huge one must not allocate gigabytes. */
export const MAX_ID: number = 2 ** 24 - 1;

/** By id; of several tokens with one id, the last. */
interface ById {
  /** The token's place in the list + 1; 0 for a hole. Undefined where token i has the id i. */
  readonly places: Int32Array | undefined;
  /** The hash of its text, as `hashUnits` has it. */
  readonly hashes: Int32Array;
  readonly hasShared: boolean;
}

/** Tokens and their ids, both ways. Ids may have holes. */
export class Vocabulary {
  /** The largest id plus one. */
  readonly size: number;
  /** How many tokens there are. */
  readonly count: number;
  /** Whether a token stands there twice. */
  readonly hasRepeats: boolean;
  readonly #tokens: Texts;
  // By token: its id.
  readonly #ids: Int32Array;
  readonly #table: HashTable;
  // Made when first needed.
  #made: ById | undefined;
  // By id, as far as asked for.
  readonly #texts: (string | undefined)[] = [];

  /** `ids[i]`, from 0 to `MAX_ID`, is the id of token i; `index` finds tokens, if it was made already. */
  constructor(tokens: Texts, ids: Int32Array, index: HashTable = indexTexts(tokens)) {
    this.size = sizeFor(ids);
    this.count = tokens.count;
    this.#tokens = tokens;
    this.#ids = ids;
    this.#table = index;
    this.hasRepeats = index.replaced > 0;
  }

  /** From the `vocab` object of a tokenizer.json or a vocab.json; `where` names it in messages. */
  static fromObject(vocab: unknown, where: string): Vocabulary {
    if (typeof vocab !== 'object' || vocab === null || Array.isArray(vocab)) {
      throw new TokenizerError('INVALID_TOKENIZER', `${where} must be an object from token to id.`);
    }
    const entries = vocab as Record<string, unknown>;
    const texts = Object.keys(entries);
    const ids = new Int32Array(texts.length);
    for (let i = 0; i < texts.length; i++) {
      const id = entries[texts[i]];
      if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id > MAX_ID) {
        throw new TokenizerError(
          'INVALID_TOKENIZER',
          `${where}: the id of ${JSON.stringify(texts[i])} must be a whole number from 0 to ${MAX_ID}, not ${JSON.stringify(id)}.`,
        );
      }
      ids[i] = id;
    }
    return new Vocabulary(textsOf(texts), ids);
  }

  /** Token i of the list has the id i. */
  static fromTokens(tokens: readonly string[]): Vocabulary {
    return new Vocabulary(textsOf(tokens), Int32Array.from(tokens.keys()));
  }

  idOf(token: string): number | undefined {
    const id = this.idsOf(textsOf([token]))[0];
    return id < 0 ? undefined : id;
  }

  /** The id of units `[start, end)`; -1 where they are no token. */
  idAt(units: Uint16Array, start: number, end: number): number {
    const { slots, bits } = this.#table;
    const mask = slots.length - 1;
    const hash = hashUnits(units, start, end);
    let slot = hash >>> (32 - bits);
    for (let entry = slots[slot]; entry !== 0; entry = slots[slot]) {
      const place = (entry & mask) - 1;
      if ((entry ^ (hash << bits)) >>> bits === 0 && spells(this.#tokens, place, units, start, end)) {
        return this.#ids[place];
      }
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  /** Of each text the id; -1 for one that is no token. */
  idsOf(texts: Texts): Int32Array {
    const ids = new Int32Array(texts.count);
    for (let from = 0; from < texts.count; from += BLOCK) {
      this.#findBlock(texts, from, Math.min(texts.count, from + BLOCK), ids);
    }
    return ids;
  }

  /** Whether several tokens have one id. */
  get hasSharedIds(): boolean {
    return this.#byId().hasShared;
  }

  /** By id: the hash of its text, as `hashUnits` has it; 0 for a hole. */
  get hashes(): Int32Array {
    return this.#byId().hashes;
  }

  /** Whether the token with this id is text i of a list. */
  isText(id: number, texts: Texts, i: number): boolean {
    const place = this.#placeOf(id);
    return place !== 0 && sameText(this.#tokens, place - 1, texts, i);
  }

  /** Undefined for a hole, and outside the vocabulary. */
  textOf(id: number): string | undefined {
    const place = this.#placeOf(id);
    if (place === 0) return undefined;
    this.#texts[id] ??= textAt(this.#tokens, place - 1);
    return this.#texts[id];
  }

  /** Calls `visit` for each token in the order of ids. */
  forEach(visit: (token: string, id: number) => void): void {
    for (let id = 0; id < this.size; id++) {
      const place = this.#placeOf(id);
      if (place !== 0) visit(textAt(this.#tokens, place - 1), id);
    }
  }

  toJSON(): Record<string, number> {
    const entries: Record<string, number> = {};
    this.forEach((token, id) => {
      entries[token] = id;
    });
    return entries;
  }

  /** The token's place in the list + 1; 0 for a hole, and outside the vocabulary. */
  #placeOf(id: number): number {
    const { places } = this.#byId();
    if (places !== undefined) return places[id] ?? 0;
    return id >= 0 && id < this.count ? id + 1 : 0;
  }

  #byId(): ById {
    if (this.#made !== undefined) return this.#made;
    const ids = this.#ids;
    const known = this.#tokens.hashes;
    if (areInOrder(ids)) {
      this.#made = { places: undefined, hashes: known, hasShared: false };
      return this.#made;
    }
    const places = new Int32Array(this.size);
    const hashes = new Int32Array(this.size);
    let hasShared = false;
    for (let i = 0; i < this.count; i++) {
      const id = ids[i];
      if (places[id] !== 0) hasShared = true;
      places[id] = i + 1;
      hashes[id] = known[i];
    }
    this.#made = { places, hashes, hasShared };
    return this.#made;
  }

  /** All slots first, which the processor then fetches at once instead of one after another. */
  #findBlock(texts: Texts, from: number, to: number, ids: Int32Array): void {
    const { hashes } = texts;
    const { slots, bits } = this.#table;
    const mask = slots.length - 1;
    for (let i = from; i < to; i++) ids[i] = slots[hashes[i] >>> (32 - bits)];
    for (let i = from; i < to; i++) {
      const hash = hashes[i];
      let entry = ids[i];
      for (let slot = hash >>> (32 - bits); entry !== 0; entry = slots[slot]) {
        if ((entry ^ (hash << bits)) >>> bits === 0 && sameText(this.#tokens, (entry & mask) - 1, texts, i)) {
          break;
        }
        slot = (slot + 1) & mask;
      }
      ids[i] = entry === 0 ? -1 : this.#ids[(entry & mask) - 1];
    }
  }
}

const BLOCK = 256;

function sizeFor(ids: Int32Array): number {
  let size = 0;
  for (let i = 0; i < ids.length; i++) if (ids[i] >= size) size = ids[i] + 1;
  return size;
}

function areInOrder(ids: Int32Array): boolean {
  let i = 0;
  while (i < ids.length && ids[i] === i) i++;
  return i === ids.length;
}
