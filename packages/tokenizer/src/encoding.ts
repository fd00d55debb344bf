/** The arrays and texts an {@link Encoding} is made of; used by the tokenizer only. */
export interface EncodingParts {
  ids: Uint32Array;
  wordIds: Int32Array;
  typeIds: Uint8Array;
  sequenceIds: Int8Array;
  offsets: Uint32Array | undefined;
  texts: readonly string[];
  /** Where the tokens that are not padding begin and end. */
  realFrom: number;
  realTo: number;
  overflowing: readonly Encoding[];
  idToToken: (id: number) => string | undefined;
}

/** A text (or a pair of texts) as tokens: parallel arrays, one entry a token. */
export class Encoding {
  /** Token ids. */
  readonly ids: Uint32Array;
  /** Index of the word (within its text) that a token belongs to; -1 for special tokens and padding. */
  readonly wordIds: Int32Array;
  /** 0 for the first text's tokens, 1 for the second's, -1 for special tokens and padding. */
  readonly sequenceIds: Int8Array;
  /** What BERT calls token type ids. */
  readonly typeIds: Uint8Array;
  /**
   * `[2 * length]`: start and end of each token in its text, in UTF-16 units, so that
   * `text.slice(offsets[2 * i], offsets[2 * i + 1])` is the text of token i. Special tokens have 0, 0.
   * Only when asked for with `offsets: true`.
   */
  readonly offsets: Uint32Array | undefined;
  /** What truncation cut off, when it was asked for: further encodings of the same text. */
  readonly overflowing: readonly Encoding[];

  readonly #parts: EncodingParts;

  constructor(parts: EncodingParts) {
    this.ids = parts.ids;
    this.wordIds = parts.wordIds;
    this.sequenceIds = parts.sequenceIds;
    this.typeIds = parts.typeIds;
    this.offsets = parts.offsets;
    this.overflowing = parts.overflowing;
    this.#parts = parts;
  }

  get length(): number {
    return this.ids.length;
  }

  /** A copy with some parts replaced. @internal */
  with(parts: Partial<EncodingParts>): Encoding {
    return new Encoding({ ...this.#parts, ...parts });
  }

  /** 1 where the tokenizer put a token in (special tokens and padding), 0 where a token comes from a text. */
  get specialTokensMask(): Uint8Array {
    return Uint8Array.from(this.sequenceIds, (sequence) => (sequence < 0 ? 1 : 0));
  }

  /** 1 for tokens, 0 for padding. */
  get attentionMask(): Uint8Array {
    return new Uint8Array(this.length).fill(1, this.#parts.realFrom, this.#parts.realTo);
  }

  /** The tokens as the vocabulary writes them. */
  tokens(): string[] {
    return Array.from(this.ids, (id) => this.#parts.idToToken(id) ?? '');
  }

  /** `offsets` in code points instead of UTF-16 units; a lone surrogate counts as one. */
  codePointOffsets(): Uint32Array | undefined {
    const { offsets, sequenceIds } = this;
    if (offsets === undefined) return undefined;
    const maps = this.#parts.texts.map(codePointIndex);
    const result = offsets.slice();
    for (let i = 0; i < offsets.length; i++) {
      const map = maps[sequenceIds[i >> 1]];
      if (map !== undefined) result[i] = map[offsets[i]];
    }
    return result;
  }
}

/** For each UTF-16 position the code points before it; undefined when the two are the same throughout. */
function codePointIndex(text: string): Uint32Array | undefined {
  if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) return undefined;
  const index = new Uint32Array(text.length + 1);
  let points = 0;
  for (let i = 0; i < text.length; ) {
    const length = (text.codePointAt(i) as number) > 0xffff ? 2 : 1;
    index[i] = points++;
    // A position inside a character belongs to that character.
    if (length === 2) index[i + 1] = points;
    i += length;
  }
  index[text.length] = points;
  return index;
}
