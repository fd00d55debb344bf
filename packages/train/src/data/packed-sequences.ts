import type { MaskVocabulary, TokenSequences } from './sequences.js';

/** Token ids, two bytes each where the vocabulary allows. */
export type TokenArray = Uint16Array | Int32Array;

export function makeTokens(length: number, vocabSize: number): TokenArray {
  return vocabSize <= 65536 ? new Uint16Array(length) : new Int32Array(length);
}

export interface TokenisedDocument {
  readonly name: string;
  /** Without separators. */
  readonly tokens: TokenArray;
}

export interface Separators {
  readonly bos: number;
  readonly eos: number;
}

/** All tokens end to end with a separator between two documents, and where each document ends. */
function joinDocuments(
  documents: readonly TokenisedDocument[],
  vocabSize: number,
  separator: number,
): { tokens: TokenArray; ends: number[] } {
  const length = documents.reduce((sum, { tokens }) => sum + tokens.length + 1, 0);
  const tokens = makeTokens(length, vocabSize);
  const ends: number[] = [];
  let at = 0;
  for (const document of documents) {
    tokens.set(document.tokens, at);
    at += document.tokens.length;
    ends.push(at);
    tokens[at++] = separator;
  }
  return { tokens: tokens.subarray(0, Math.max(0, at - 1)), ends };
}

/** Sequences in memory, end to end in one array. */
export class PackedSequences implements TokenSequences {
  readonly count: number;
  readonly sequenceLength: number;
  readonly vocabulary: MaskVocabulary;
  /** `[count, sequenceLength]`. */
  readonly tokens: TokenArray;
  readonly #names: readonly string[];
  /** Index in `names` of the document that a sequence begins with. */
  readonly #sources: Int32Array;

  private constructor(
    tokens: TokenArray,
    sequenceLength: number,
    vocabulary: MaskVocabulary,
    names: readonly string[],
    sources: Int32Array,
  ) {
    this.tokens = tokens;
    this.count = sources.length;
    this.sequenceLength = sequenceLength;
    this.vocabulary = vocabulary;
    this.#names = names;
    this.#sources = sources;
  }

  /**
   * Packs documents without gaps, as RoBERTa's full sentences (Liu et al., arXiv 1907.11692, 4.2): each sequence is
   * `<s>`, tokens with a `</s>` between two documents, then `</s>`. What is left over at the end and fills no sequence
   * is dropped.
   */
  static pack(
    documents: readonly TokenisedDocument[],
    sequenceLength: number,
    vocabulary: MaskVocabulary,
    { bos, eos }: Separators,
  ): PackedSequences {
    const room = sequenceLength - 2;
    const stream = joinDocuments(documents, vocabulary.size, eos);
    const tokens = makeTokens(Math.floor(stream.tokens.length / room) * sequenceLength, vocabulary.size);
    const sources: number[] = [];
    let document = 0;
    for (let from = 0; ; from += room) {
      // A separator has nothing to separate at the head of a sequence.
      if (stream.tokens[from] === eos) from++;
      if (from + room > stream.tokens.length) break;
      const at = sources.length * sequenceLength;
      tokens[at] = bos;
      tokens.set(stream.tokens.subarray(from, from + room), at + 1);
      tokens[at + sequenceLength - 1] = eos;
      while (stream.ends[document]! <= from) document++;
      sources.push(document);
    }
    return new PackedSequences(
      tokens.slice(0, sources.length * sequenceLength),
      sequenceLength,
      vocabulary,
      documents.map(({ name }) => name),
      Int32Array.from(sources),
    );
  }

  read(index: number, into: Int32Array, at: number): void {
    const start = index * this.sequenceLength;
    into.set(this.tokens.subarray(start, start + this.sequenceLength), at);
  }

  source(index: number): string {
    return this.#names[this.#sources[index]!]!;
  }
}
