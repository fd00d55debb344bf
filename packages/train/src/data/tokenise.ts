import { createHash } from 'node:crypto';
import { LookupFfnError } from '@lookupffn/core';
import { makeTokens, type TokenArray } from './document-tokens.js';
import type { Separators } from './packed-sequences.js';
import type { MaskVocabulary } from './sequences.js';

interface SpecialToken {
  readonly id: number;
}

/** What a corpus needs of a tokenizer; `@lookupffn/tokenizer`'s is one. */
export interface CorpusTokenizer {
  /** Number of token ids. */
  readonly vocabularySize: number;
  encode(
    text: string,
    options?: {
      readonly addSpecialTokens?: boolean;
      readonly truncation?: false;
      readonly padding?: false;
    },
  ): { readonly ids: ArrayLike<number> };
  readonly specialTokens: {
    readonly bos?: SpecialToken;
    readonly eos?: SpecialToken;
    readonly mask?: SpecialToken;
    readonly pad?: SpecialToken;
    readonly unk?: SpecialToken;
    readonly cls?: SpecialToken;
    readonly sep?: SpecialToken;
  };
  /** The tokenizer as JSON: hashed, and written beside the weights. */
  toJSON(): unknown;
}

export function hashTokenizer(tokenizer: CorpusTokenizer): string {
  return createHash('sha256').update(JSON.stringify(tokenizer.toJSON())).digest('hex');
}

/** Separators and masks of a tokenizer. Throws `INVALID_ARGUMENT` where it lacks one. */
export function vocabularyOf(tokenizer: CorpusTokenizer): {
  vocabulary: MaskVocabulary;
  separators: Separators;
} {
  const { specialTokens, vocabularySize: vocabSize } = tokenizer;
  // BERT's tokenizers name the same roles cls and sep.
  const bos = specialTokens.bos ?? specialTokens.cls;
  const eos = specialTokens.eos ?? specialTokens.sep;
  const { mask } = specialTokens;
  if (!bos || !eos || !mask) {
    const missing = [!bos && '<s>', !eos && '</s>', !mask && '<mask>'].filter(Boolean).join(', ');
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `The tokenizer has no ${missing}, which masked-language-model training needs. Train it with these special tokens.`,
    );
  }
  const ids = Object.values(specialTokens).flatMap((token) => (token ? [token.id] : []));
  const specialTokenIds = [...new Set(ids)].sort((a, b) => a - b);
  return {
    vocabulary: { size: vocabSize, maskTokenId: mask.id, specialTokenIds },
    separators: { bos: bos.id, eos: eos.id },
  };
}

/** Ids of a text that stand for text: a literal `<mask>` in it must not become the special token. */
export function tokenise(tokenizer: CorpusTokenizer, text: string, vocabulary: MaskVocabulary): TokenArray {
  const { ids } = tokenizer.encode(text, {
    addSpecialTokens: false,
    truncation: false,
    padding: false,
  });
  const special = new Set(vocabulary.specialTokenIds);
  const unknown = tokenizer.specialTokens.unk?.id;
  if (unknown !== undefined) special.delete(unknown);
  const tokens = makeTokens(ids.length, vocabulary.size);
  let count = 0;
  for (let i = 0; i < ids.length; i++) if (!special.has(ids[i]!)) tokens[count++] = ids[i]!;
  return tokens.slice(0, count);
}
