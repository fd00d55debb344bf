/** Token ids, two bytes each where the vocabulary allows. */
export type TokenArray = Uint16Array | Int32Array;

export function makeTokens(length: number, vocabSize: number): TokenArray {
  return vocabSize <= 65536 ? new Uint16Array(length) : new Int32Array(length);
}

/** Documents as token ids, wherever those are kept: a document is its number, and has at least one token. */
export interface DocumentTokens {
  readonly names: readonly string[];
  /** Tokens of each document, without separators. */
  readonly lengths: ArrayLike<number>;
  /** Copies `count` tokens of a document, from its token `from` on, into `into` at position `at`. */
  read(document: number, from: number, count: number, into: Int32Array, at: number): void;
}

/** Documents in memory. */
export class MemoryTokens implements DocumentTokens {
  readonly names: string[] = [];
  readonly lengths: number[] = [];
  readonly #tokens: TokenArray[] = [];

  add(name: string, tokens: TokenArray): void {
    if (tokens.length === 0) return;
    this.names.push(name);
    this.lengths.push(tokens.length);
    this.#tokens.push(tokens);
  }

  read(document: number, from: number, count: number, into: Int32Array, at: number): void {
    into.set(this.#tokens[document]!.subarray(from, from + count), at);
  }
}
