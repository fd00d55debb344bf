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
  encode(text: string, options?: { readonly padding?: false }): { readonly ids: ArrayLike<number> };
  decode(ids: Uint32Array): string;
  readonly specialTokens: { readonly mask?: PipelineToken };
}

/** Ids of a text with `<s>` before and `</s>` after, whether or not the tokenizer adds them by itself. */
export function encodeText(tokenizer: PipelineTokenizer, config: RobertaConfig, text: string): number[] {
  if (typeof text !== 'string') {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `A pipeline takes a text or an array of texts, not ${typeof text}.`,
    );
  }
  const { bosTokenId, eosTokenId } = config;
  const ids = Array.from(tokenizer.encode(text, { padding: false }).ids);
  return [
    ...(ids[0] === bosTokenId ? [] : [bosTokenId]),
    ...ids,
    ...(ids.length > 1 && ids[ids.length - 1] === eosTokenId ? [] : [eosTokenId]),
  ];
}
