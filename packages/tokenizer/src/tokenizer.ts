import { DecodeStream } from './decoding/decode-stream.js';
import { cleanUpText, type Decoder } from './decoding/decoder.js';
import type { Encoding } from './encoding.js';
import { TokenizerError } from './errors.js';
import { parseTokenizerJson } from './json/parse.js';
import { readTokenizerText } from './json/text.js';
import type { TokenizerJson } from './json/types.js';
import type { Vocabulary } from './model/vocabulary.js';
import type { AddedToken } from './pipeline/added-tokens.js';
import { assemble } from './pipeline/assemble.js';
import { type Padding, padEncodings } from './pipeline/padding.js';
import { type PostProcessor, specialCount } from './pipeline/post-processor.js';
import type { SegmentEncoder } from './pipeline/segment-encoder.js';
import { TokenBuffer } from './pipeline/token-buffer.js';
import { OffsetTrimmer } from './pipeline/trim-offsets.js';
import type { Truncation } from './pipeline/truncation.js';
import { findSpecialTokens, type SpecialTokens } from './special-tokens.js';

export interface EncodeOptions {
  /** A second text, for models that read pairs. */
  pair?: string;
  /** Whether to put in the special tokens that the model expects; true unless said otherwise. */
  addSpecialTokens?: boolean;
  /** Most tokens in the result, special tokens included; the rest is cut off. */
  maxLength?: number;
  /** How to cut: what tokenizer.json says, else the longer text first, on its right. False: never. */
  truncation?: false | Partial<Omit<Truncation, 'maxLength'>>;
  /** Whether what is cut off comes back as `encoding.overflowing`. */
  returnOverflowing?: boolean;
  /** How to fill up to a common length: what tokenizer.json says, with these changes. False: never. */
  padding?: false | Partial<Padding>;
  /** Whether to keep track of each token's place in the text. */
  offsets?: boolean;
}

export interface DecodeOptions {
  /** Leave special tokens out. */
  skipSpecialTokens?: boolean;
  /** Undo the spaces before punctuation that tokenizing English put in. Unless given: what the decoder does. */
  cleanUp?: boolean;
}

/** The parts a tokenizer is made of; loaders and trainers put them together. */
export interface TokenizerParts {
  vocabulary: Vocabulary;
  addedTokens: readonly AddedToken[];
  /** Everything from finding added tokens to the model. */
  segmentEncoder: SegmentEncoder;
  postProcessor: PostProcessor;
  decoder: Decoder;
  truncation?: Truncation;
  padding?: Padding;
  /** The tokenizer.json of this tokenizer. */
  json: () => TokenizerJson;
}

const noTruncation: Truncation = { maxLength: 0, stride: 0, strategy: 'longest_first', direction: 'right' };

/** Text to token ids and back. Made by {@link Tokenizer.parse}, by the other loaders, or by training. */
export class Tokenizer {
  /** The tokens with a role, as far as this tokenizer has them under their customary names. */
  readonly specialTokens: SpecialTokens;
  /** Number of different ids a model must know: the largest id plus one. */
  readonly vocabularySize: number;

  readonly #parts: TokenizerParts;
  readonly #addedById = new Map<number, AddedToken>();
  readonly #addedByContent = new Map<string, AddedToken>();
  readonly #specialIds = new Set<number>();
  readonly #trimmer: OffsetTrimmer;
  readonly #buffers = [new TokenBuffer(), new TokenBuffer()];
  readonly #idToToken = (id: number) => this.idToToken(id);

  constructor(parts: TokenizerParts) {
    this.#parts = parts;
    let largest = parts.vocabulary.size - 1;
    for (const token of parts.addedTokens) {
      this.#addedById.set(token.id, token);
      this.#addedByContent.set(token.content, token);
      if (token.special) this.#specialIds.add(token.id);
      largest = Math.max(largest, token.id);
    }
    this.vocabularySize = largest + 1;
    this.specialTokens = findSpecialTokens((content) => this.#addedByContent.get(content)?.id);
    this.#trimmer = new OffsetTrimmer(
      this.#idToToken,
      (id) => this.#addedById.has(id),
      parts.postProcessor.keepPrefixSpace,
    );
  }

  /**
   * From the text of a Hugging Face `tokenizer.json`, or the file's bytes, which are read fastest.
   *
   * Throws `INVALID_TOKENIZER` for what is not JSON or malformed, `UNSUPPORTED_COMPONENT`, naming it, for a part this
   * library does not have, and `INVALID_ARGUMENT` for what is neither text nor bytes.
   */
  static parse(json: string | Uint8Array): Tokenizer {
    return Tokenizer.fromJSON(readTokenizerText(json));
  }

  /**
   * From the parsed contents of a Hugging Face `tokenizer.json`; its text is read faster by {@link Tokenizer.parse}.
   *
   * Throws `INVALID_TOKENIZER` for a malformed file and `UNSUPPORTED_COMPONENT`, naming it, for a part this
   * library does not have.
   */
  static fromJSON(json: unknown): Tokenizer {
    return new Tokenizer(parseTokenizerJson(json));
  }

  /** The contents of a Hugging Face `tokenizer.json`. */
  toJSON(): TokenizerJson {
    return this.#parts.json();
  }

  tokenToId(token: string): number | undefined {
    return this.#addedByContent.get(token)?.id ?? this.#parts.vocabulary.idOf(token);
  }

  idToToken(id: number): string | undefined {
    return this.#addedById.get(id)?.content ?? this.#parts.vocabulary.textOf(id);
  }

  /** Throws `INVALID_ARGUMENT` where `maxLength` leaves no room for the special tokens. */
  encode(text: string, options: EncodeOptions = {}): Encoding {
    const encoding = this.#encode(text, options);
    const padding = this.#padding(options);
    return padding === undefined ? encoding : padEncodings([encoding], padding)[0];
  }

  /** Encodes many texts (or pairs of texts), filled up to one length where padding is on. */
  encodeBatch(
    texts: readonly (string | readonly [text: string, pair: string])[],
    options: Omit<EncodeOptions, 'pair'> = {},
  ): Encoding[] {
    const encodings = texts.map((text) =>
      typeof text === 'string'
        ? this.#encode(text, options)
        : this.#encode(text[0], { ...options, pair: text[1] }),
    );
    const padding = this.#padding(options);
    return padding === undefined ? encodings : padEncodings(encodings, padding);
  }

  /** Ids that the tokenizer does not know are passed over. */
  decode(ids: ArrayLike<number>, options: DecodeOptions = {}): string {
    const stream = this.decodeStream(options);
    let text = '';
    for (let i = 0; i < ids.length; i++) text += stream.push(ids[i]);
    text += stream.end();
    return options.cleanUp ? cleanUpText(text) : text;
  }

  /** For ids that arrive one by one: gives text as soon as its characters are complete. */
  decodeStream(options: DecodeOptions = {}): DecodeStream {
    const { decoder } = this.#parts;
    const skipped = options.skipSpecialTokens ? this.#specialIds : undefined;
    return new DecodeStream(decoder.stream(options.cleanUp), this.#idToToken, skipped);
  }

  #encode(text: string, options: EncodeOptions): Encoding {
    const { pair } = options;
    const texts = pair === undefined ? [text] : [text, pair];
    for (const given of texts) {
      if (typeof given !== 'string') {
        throw new TokenizerError('INVALID_ARGUMENT', `A tokenizer encodes strings, not ${typeof given}.`);
      }
    }
    const withOffsets = options.offsets ?? false;
    const { postProcessor, segmentEncoder } = this.#parts;
    const buffers = this.#buffers.slice(0, texts.length);
    buffers.forEach((buffer, i) => {
      buffer.start(withOffsets);
      segmentEncoder.encode(texts[i], 0, texts[i].length, buffer);
      if (withOffsets && postProcessor.trimOffsets) this.#trimmer.trim(buffer, texts[i]);
    });
    const full = pair === undefined ? postProcessor.single : postProcessor.pair;
    const template =
      (options.addSpecialTokens ?? true) ? full : full.filter((piece) => piece.kind === 'sequence');
    return assemble(buffers, {
      template,
      truncation: this.#truncation(options, specialCount(template)),
      returnOverflowing: options.returnOverflowing ?? false,
      withOffsets,
      texts,
      idToToken: this.#idToToken,
    });
  }

  #truncation(options: EncodeOptions, specials: number): Truncation | undefined {
    const standing = this.#parts.truncation;
    const maxLength = options.maxLength ?? standing?.maxLength;
    if (options.truncation === false || maxLength === undefined) return undefined;
    if (!Number.isInteger(maxLength) || maxLength < specials) {
      throw new TokenizerError(
        'INVALID_ARGUMENT',
        `maxLength is ${maxLength}; it must be a whole number, at least the ${specials} special tokens.`,
      );
    }
    return { ...noTruncation, ...standing, ...options.truncation, maxLength };
  }

  #padding(options: EncodeOptions): Padding | undefined {
    if (options.padding === false) return undefined;
    const standing = this.#parts.padding;
    if (options.padding === undefined) return standing;
    const pad = this.specialTokens.pad;
    return {
      length: 'longest',
      direction: 'right',
      multipleOf: undefined,
      id: pad?.id ?? 0,
      typeId: 0,
      token: pad?.content ?? '[PAD]',
      ...standing,
      ...options.padding,
    };
  }
}
