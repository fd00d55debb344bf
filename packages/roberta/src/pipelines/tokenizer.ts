import { LookupFfnError } from '@lookupffn/core';
import { maxTextLength, type RobertaConfig } from '../model/config.js';

/** A special token as pipelines need it. */
export interface PipelineToken {
  readonly id: number;
  /** Its text, e.g. `<mask>`. */
  readonly content?: string;
}

/** How a pair is cut, whatever a tokenizer.json says: as transformers and sentence-transformers ask for it. */
const pairTruncation = { strategy: 'longest_first', direction: 'right', stride: 0 } as const;

/** What pipelines need of a tokenizer; that of `@lookupffn/tokenizer` has it. */
export interface PipelineTokenizer {
  /**
   * Ids of a text, with or without the sequence's special tokens, without padding, and whole unless `maxLength` says
   * how many it may be. That is only asked for pairs, whose longer text is to be cut on its right.
   */
  encode(
    text: string,
    options?: {
      pair?: string;
      padding?: false;
      maxLength?: number;
      truncation?: false | typeof pairTruncation;
    },
  ): {
    readonly ids: ArrayLike<number>;
    /** Which of two texts each token is of, as BERT counts them. */
    readonly typeIds?: ArrayLike<number>;
  };
  decode(ids: Uint32Array): string;
  readonly specialTokens: { readonly mask?: PipelineToken };
}

export interface EncodeTextOptions {
  /** A second text. */
  readonly pair?: string;
  /** Most tokens, special ones included; default and at most `maxTextLength` of the model. */
  readonly maxLength?: number;
  /** Whether a longer text is cut, on its right, or refused. Default true. */
  readonly truncation?: boolean;
}

export interface EncodedText {
  readonly ids: number[];
  readonly typeIds: number[];
  /** What was cut off of a single text. */
  readonly rest: readonly number[];
}

/** Token types that the model's table has: RoBERTa has one, whatever the tokenizer says. */
function checkedTypes(
  config: RobertaConfig,
  typeIds: ArrayLike<number> | undefined,
  length: number,
): number[] {
  if (config.typeVocabSize < 2 || typeIds?.length !== length) return new Array<number>(length).fill(0);
  return Array.from(typeIds);
}

/** With `<s>` before and `</s>` after, whether or not the tokenizer adds them by itself. */
function wrap({ bosTokenId, eosTokenId }: RobertaConfig, plain: readonly number[]): number[] {
  return [
    ...(plain[0] === bosTokenId ? [] : [bosTokenId]),
    ...plain,
    ...(plain.length > 1 && plain[plain.length - 1] === eosTokenId ? [] : [eosTokenId]),
  ];
}

/**
 * Ids and token types of a text or of a pair of them, at most as many as the model takes. A pair's tokens between and
 * around its texts are the tokenizer's; those of a single text are added where it adds none. Throws
 * `INVALID_ARGUMENT` for what is no text, and with `details.limit` for a text too long without `truncation`.
 */
export function encodeText(
  tokenizer: PipelineTokenizer,
  config: RobertaConfig,
  text: string,
  { pair, maxLength = Number.POSITIVE_INFINITY, truncation = true }: EncodeTextOptions = {},
): EncodedText {
  for (const part of pair === undefined ? [text] : [text, pair]) {
    if (typeof part === 'string') continue;
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `A pipeline takes a text or an array of texts, not ${part === null ? 'null' : typeof part}.`,
    );
  }
  const limit = Math.min(maxLength, maxTextLength(config));
  if (!(limit >= 2)) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `A limit of ${limit} tokens leaves no room for a text; its special tokens alone are two.`,
    );
  }
  const second = pair === undefined ? {} : { pair };
  const whole = tokenizer.encode(text, { padding: false, truncation: false, ...second });
  const ids = wrap(config, Array.from(whole.ids));
  if (ids.length <= limit) return { ids, typeIds: checkedTypes(config, whole.typeIds, ids.length), rest: [] };
  if (!truncation) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `The text has ${ids.length} tokens; this model takes at most ${limit}. Shorten it, split it, or allow truncation.`,
      { length: ids.length, limit },
    );
  }
  if (pair === undefined) {
    const kept = [...ids.slice(0, limit - 1), config.eosTokenId];
    const rest = ids.slice(limit - 1, -1);
    return { ids: kept, typeIds: checkedTypes(config, whole.typeIds, ids.length).slice(0, limit), rest };
  }
  const added = ids.length - whole.ids.length;
  const cut = tokenizer.encode(text, {
    ...second,
    padding: false,
    maxLength: limit - added,
    truncation: pairTruncation,
  });
  const kept = wrap(config, Array.from(cut.ids));
  return { ids: kept, typeIds: checkedTypes(config, cut.typeIds, kept.length), rest: [] };
}
