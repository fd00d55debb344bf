import { LookupFfnError } from '@lookupffn/core';
import { maxSequenceLength, maxTextLength, type RobertaConfig } from '@lookupffn/roberta';
import type { Tokenizer } from '@lookupffn/tokenizer';
import type { TypedSequence } from '../batching/batcher.js';
import { turn } from '../turn.js';

/** A text, or the token ids of one. */
export type TextInput = string | readonly number[];

/** Which end of a text that is too long is cut off; false: none, it is refused. */
export type Truncate = false | 'left' | 'right';

/** Beyond this many UTF-16 units for each token of its limit a server refuses a text unread: reading takes time. */
const usualUnitsPerToken = 64;

/** One token as text-embeddings-inference describes it; places are counted in code points. */
export interface TokenPlace {
  readonly id: number;
  readonly text: string;
  readonly special: boolean;
  readonly start: number | null;
  readonly stop: number | null;
}

/** Texts to a model's token ids and back. */
export class TextCodec {
  readonly tokenizer: Tokenizer;
  readonly #config: RobertaConfig;
  /** Most tokens of a text, special ones included, as in the library's pipelines. */
  readonly maxTokens: number;
  /** Most UTF-16 units of a text. */
  readonly maxUnits: number;

  constructor(tokenizer: Tokenizer, config: RobertaConfig, maxUnitsPerToken = usualUnitsPerToken) {
    this.tokenizer = tokenizer;
    this.#config = config;
    this.maxTokens = maxTextLength(config);
    this.maxUnits = maxSequenceLength(config) * maxUnitsPerToken;
  }

  /**
   * Token ids with `<s>` before and `</s>` after, also around ids given without them. Throws `INVALID_ARGUMENT` with
   * `details.limit` for what is too long, `INDEX_OUT_OF_RANGE` for ids outside the vocabulary.
   */
  encode(input: TextInput, truncate: Truncate = false): number[] {
    const { bosTokenId: bos, eosTokenId: eos } = this.#config;
    const inner = typeof input === 'string' ? this.#encodeText(input) : this.#checkIds(input);
    const ids = [
      ...(inner[0] === bos ? [] : [bos]),
      ...inner,
      ...(inner.length > 1 && inner[inner.length - 1] === eos ? [] : [eos]),
    ];
    if (ids.length <= this.maxTokens) return ids;
    if (truncate === 'right') return [...ids.slice(0, this.maxTokens - 1), eos];
    if (truncate === 'left') return [bos, ...ids.slice(ids.length - this.maxTokens + 1)];
    throw this.#tooLong(ids.length);
  }

  /** A text, or two that a model compares, with the types of their tokens. Throws as `encode`. */
  encodePair(text: string, pair: string | undefined, truncate: Truncate): TypedSequence {
    if (pair === undefined) return { ids: this.encode(text, truncate) };
    this.#checkUnits(text);
    this.#checkUnits(pair);
    const cut = truncate
      ? {
          maxLength: this.maxTokens,
          truncation: { direction: truncate, strategy: 'longest_first', stride: 0 } as const,
        }
      : { truncation: false as const };
    const { ids, typeIds } = this.tokenizer.encode(text, { pair, padding: false, ...cut });
    if (ids.length > this.maxTokens) throw this.#tooLong(ids.length);
    return this.#config.typeVocabSize > 1 ? { ids, typeIds } : { ids };
  }

  /** Many inputs, letting the event loop breathe in between. */
  async encodeAll(
    inputs: readonly TextInput[],
    truncate: Truncate,
    signal?: AbortSignal,
  ): Promise<number[][]> {
    const sequences: number[][] = [];
    for (const input of inputs) {
      await turn(signal);
      sequences.push(this.encode(input, truncate));
    }
    return sequences;
  }

  /** Every token with its place in the text, of any number; throws as `encode` for a text that is far too long. */
  tokenize(text: string, addSpecialTokens: boolean): TokenPlace[] {
    this.#checkUnits(text);
    const encoding = this.tokenizer.encode(text, {
      addSpecialTokens,
      truncation: false,
      padding: false,
      offsets: true,
    });
    const tokens = encoding.tokens();
    const places = encoding.codePointOffsets()!;
    return tokens.map((token, i) => {
      const id = encoding.ids[i]!;
      if (encoding.sequenceIds[i]! < 0) return { id, text: token, special: true, start: null, stop: null };
      const piece = text.slice(encoding.offsets![2 * i], encoding.offsets![2 * i + 1]);
      return { id, text: piece, special: false, start: places[2 * i]!, stop: places[2 * i + 1]! };
    });
  }

  decode(ids: readonly number[], skipSpecialTokens: boolean): string {
    this.#checkIds(ids);
    return this.tokenizer.decode(ids, { skipSpecialTokens });
  }

  #encodeText(text: string): number[] {
    this.#checkUnits(text);
    return Array.from(this.tokenizer.encode(text, { padding: false, truncation: false }).ids);
  }

  #tooLong(length: number): LookupFfnError {
    return new LookupFfnError(
      'INVALID_ARGUMENT',
      `The input has ${length} tokens; this model takes at most ${this.maxTokens}. Send less, or "truncate": true.`,
      { length, limit: this.maxTokens },
    );
  }

  #checkUnits(text: string): void {
    if (text.length <= this.maxUnits) return;
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `The input has ${text.length} characters; this model, of ${this.maxTokens} tokens, takes at most ${this.maxUnits}, also when it truncates. Send less.`,
      { length: text.length, limit: this.maxUnits },
    );
  }

  #checkIds(ids: readonly number[]): readonly number[] {
    const { vocabSize } = this.#config;
    const bad = ids.findIndex((id) => !(Number.isInteger(id) && id >= 0 && id < vocabSize));
    if (bad < 0) return ids;
    throw new LookupFfnError(
      'INDEX_OUT_OF_RANGE',
      `Token ${bad} is ${ids[bad]}; the vocabulary has ids 0 to ${vocabSize - 1}.`,
      { token: bad, vocabSize },
    );
  }
}
