import { TokenizerError } from '../errors.js';
import type { Vocabulary } from '../model/vocabulary.js';
import { Trie } from './trie.js';

export interface WordPieceOptions {
  unknownToken: string;
  /** Mark of a token that continues a word. */
  continuingPrefix: string;
  /** A word of more characters is unknown as a whole. */
  maxWordLength: number;
}

/** Cuts a word into the longest tokens that fit, from left to right; a word that cannot be cut so is unknown. */
export class WordPiece {
  readonly vocabulary: Vocabulary;
  readonly options: WordPieceOptions;
  /** Tokens of the last word, four numbers each: id, start, end (in code points of the word), 0. */
  pieces: Int32Array = new Int32Array(4 * 64);
  readonly #unknownId: number;
  readonly #first: Trie;
  /** Tokens that continue a word, without their mark. */
  readonly #continuing: Trie;

  constructor(vocabulary: Vocabulary, options: WordPieceOptions) {
    this.vocabulary = vocabulary;
    this.options = options;
    const unknownId = vocabulary.idOf(options.unknownToken);
    if (unknownId === undefined) {
      throw new TokenizerError(
        'INVALID_TOKENIZER',
        `The unknown token ${JSON.stringify(options.unknownToken)} is not in the vocabulary.`,
      );
    }
    this.#unknownId = unknownId;
    const { continuingPrefix } = options;
    this.#first = new Trie(4 * vocabulary.count);
    this.#continuing = new Trie(vocabulary.count);
    vocabulary.forEach((token, id) => {
      this.#first.set(token, id);
      if (token.startsWith(continuingPrefix)) this.#continuing.set(token.slice(continuingPrefix.length), id);
    });
  }

  /** Cuts the word `points[from, to)`, leaves the tokens in `pieces` and returns how many. */
  tokenize(points: ArrayLike<number>, from: number, to: number): number {
    const length = to - from;
    if (length > this.options.maxWordLength) return this.#unknown(length);
    if (this.pieces.length < 4 * length) this.pieces = new Int32Array(8 * length);
    let count = 0;
    for (let start = from; start < to; ) {
      const trie = start === from ? this.#first : this.#continuing;
      const end = trie.longest(points, start, to);
      if (end === start) return this.#unknown(length);
      this.pieces[4 * count] = trie.found;
      this.pieces[4 * count + 1] = start - from;
      this.pieces[4 * count + 2] = end - from;
      count++;
      start = end;
    }
    return count;
  }

  #unknown(length: number): number {
    this.pieces[0] = this.#unknownId;
    this.pieces[1] = 0;
    this.pieces[2] = length;
    return 1;
  }
}
