import { LookupFfnError } from '@lookupffn/core';
import type { RobertaConfig } from '../model/config.js';

/** A special token as pipelines need it. */
export interface PipelineToken {
  readonly id: number;
  /** Its text, e.g. `<mask>`. */
  readonly content?: string;
}

/** What pipelines need of a tokenizer; that of `@lookupffn/tokenizer` has it. */
export interface PipelineTokenizer {
  /** Ids of a text, with or without the sequence's special tokens, but without padding. */
  encode(
    text: string,
    options?: { pair?: string; padding?: false },
  ): {
    readonly ids: ArrayLike<number>;
    /** Which of two texts each token is of, as BERT counts them. */
    readonly typeIds?: ArrayLike<number>;
  };
  decode(ids: Uint32Array): string;
  readonly specialTokens: { readonly mask?: PipelineToken };
}

/** Ids of a text with `<s>` before and `</s>` after, whether or not the tokenizer adds them by itself. */
export function encodeText(tokenizer: PipelineTokenizer, config: RobertaConfig, text: string): number[] {
  return encodePair(tokenizer, config, text).ids;
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

/**
 * Ids and token types of a text or of a pair of them. A pair's tokens between and around its texts are the tokenizer's;
 * those of a single text are added where it adds none.
 */
export function encodePair(
  tokenizer: PipelineTokenizer,
  config: RobertaConfig,
  text: string,
  pair?: string,
): { ids: number[]; typeIds: number[] } {
  if (typeof text !== 'string') {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `A pipeline takes a text or an array of texts, not ${typeof text}.`,
    );
  }
  const { bosTokenId, eosTokenId } = config;
  const encoded = tokenizer.encode(text, { padding: false, ...(pair === undefined ? {} : { pair }) });
  const plain = Array.from(encoded.ids);
  const ids = [
    ...(plain[0] === bosTokenId ? [] : [bosTokenId]),
    ...plain,
    ...(plain.length > 1 && plain[plain.length - 1] === eosTokenId ? [] : [eosTokenId]),
  ];
  return { ids, typeIds: checkedTypes(config, encoded.typeIds, ids.length) };
}
