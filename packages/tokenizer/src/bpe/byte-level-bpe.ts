import { byteToCharCode } from '../byte-level/alphabet.js';
import { codePointAt, encodeUtf8Units } from '../byte-level/utf8.js';
import { TokenizerError } from '../errors.js';
import { textsOf } from '../model/texts.js';
import type { Vocabulary } from '../model/vocabulary.js';
import { mergeSymbols } from './merge.js';
import type { Merges } from './merges.js';
import { PairTable } from './pair-table.js';

export interface BpeOptions {
  /** Token for a byte that the vocabulary lacks; without it such bytes vanish. */
  unknownToken?: string;
  /** Whether neighbouring unknown bytes become one token. */
  fuseUnknown?: boolean;
  /** Whether a word that is itself a token is taken whole, merges or not. */
  ignoreMerges?: boolean;
}

/** Byte-pair encoding whose symbols are the bytes of a word's UTF-8. */
export class ByteLevelBpe {
  readonly vocabulary: Vocabulary;
  readonly options: BpeOptions;
  readonly unknownId: number;

  /** Tokens of the last word: (id, start, end, 0) each, in UTF-16 units relative to the word. */
  tokens: Int32Array = new Int32Array(4 * 64);

  readonly #merges: Merges;
  readonly #pairs: PairTable;
  readonly #byteIds: Int32Array;
  readonly #character = new Uint8Array(4);
  #symbols = new Int32Array(64);
  #ends = new Int32Array(64);
  // Where the character that holds a byte begins and ends in the word.
  #charStarts = new Int32Array(64);
  #charEnds = new Int32Array(64);

  /** Throws `INVALID_TOKENIZER` for an unknown token that is not in the vocabulary; so does applying a merge whose result is not. */
  constructor(vocabulary: Vocabulary, merges: Merges, options: BpeOptions = {}) {
    this.vocabulary = vocabulary;
    this.options = options;
    this.unknownId = options.unknownToken === undefined ? -1 : (vocabulary.idOf(options.unknownToken) ?? -1);
    if (options.unknownToken !== undefined && this.unknownId < 0) {
      throw new TokenizerError(
        'INVALID_TOKENIZER',
        `The unknown token ${JSON.stringify(options.unknownToken)} is not in the vocabulary.`,
      );
    }
    this.#byteIds = vocabulary.idsOf(alphabet);
    this.#merges = merges;
    this.#pairs = new PairTable(merges, vocabulary);
  }

  /** The merges, the first being the one applied first. */
  merges(): [string, string][] {
    return Array.from(this.#pairs.ranks(), (rank) => this.#merges.pair(rank));
  }

  /** Cuts units `[start, end)` into tokens, left in `this.tokens`; returns how many. */
  tokenize(units: Uint16Array, start: number, end: number): number {
    if (this.options.ignoreMerges) {
      const whole = this.vocabulary.idOf(byteLevelText(units, start, end));
      if (whole !== undefined) {
        this.tokens.set([whole, 0, end - start, 0]);
        return 1;
      }
    }
    const symbols = this.#load(units, start, end);
    const count = mergeSymbols(this.#pairs, this.#symbols, this.#ends, symbols);
    if (this.tokens.length < 4 * count) this.tokens = new Int32Array(8 * count);
    const { tokens } = this;
    for (let i = 0, first = 0; i < count; i++) {
      const last = this.#ends[i] - 1;
      tokens[4 * i] = this.#symbols[i];
      tokens[4 * i + 1] = this.#charStarts[first];
      tokens[4 * i + 2] = this.#charEnds[last];
      tokens[4 * i + 3] = 0;
      first = last + 1;
    }
    return count;
  }

  /** One symbol a byte of the UTF-8, with its character's place; returns how many. */
  #load(units: Uint16Array, start: number, end: number): number {
    this.#reserve(3 * (end - start));
    let count = 0;
    for (let i = start; i < end; ) {
      const next = i + (codePointAt(units, i, end) > 0xffff ? 2 : 1);
      const bytes = encodeUtf8Units(units, i, next, this.#character);
      for (let k = 0; k < bytes; k++)
        count = this.#append(count, this.#character[k], i - start, next - start);
      i = next;
    }
    return count;
  }

  #append(count: number, byte: number, from: number, to: number): number {
    let id = this.#byteIds[byte];
    if (id < 0) {
      if (this.unknownId < 0) return count;
      id = this.unknownId;
      const previous = count - 1;
      if (this.options.fuseUnknown && previous >= 0 && this.#symbols[previous] === id) {
        this.#charEnds[previous] = to;
        return count;
      }
    }
    this.#symbols[count] = id;
    this.#ends[count] = count + 1;
    this.#charStarts[count] = from;
    this.#charEnds[count] = to;
    return count + 1;
  }

  #reserve(count: number): void {
    if (this.#symbols.length >= count) return;
    const capacity = 2 * count;
    this.#symbols = new Int32Array(capacity);
    this.#ends = new Int32Array(capacity);
    this.#charStarts = new Int32Array(capacity);
    this.#charEnds = new Int32Array(capacity);
  }
}

const alphabet = /* @__PURE__ */ textsOf(Array.from(byteToCharCode, (code) => String.fromCharCode(code)));

const decoder = /* @__PURE__ */ new TextDecoder('utf-16le', { ignoreBOM: true });
const encoder = /* @__PURE__ */ new TextEncoder();

/** Units `[start, end)` as a vocabulary writes them. */
export function byteLevelText(units: Uint16Array, start: number, end: number): string {
  let text = '';
  for (const byte of encoder.encode(decoder.decode(units.subarray(start, end)))) {
    text += String.fromCharCode(byteToCharCode[byte]);
  }
  return text;
}
