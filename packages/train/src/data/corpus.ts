import type { CorpusDocument } from './documents.js';
import type { Corpus } from './sequences.js';

interface SpecialToken {
  readonly id: number;
}

/** What a corpus needs of a tokenizer; `@lookupffn/tokenizer`'s is one. */
export interface CorpusTokenizer {
  readonly vocabSize: number;
  /** Ids of the text; whether special tokens stand around them does not matter, they are taken off. */
  encode(text: string): { readonly ids: ArrayLike<number> };
  readonly specialTokens: {
    readonly bos?: SpecialToken;
    readonly eos?: SpecialToken;
    readonly mask?: SpecialToken;
    readonly pad?: SpecialToken;
    readonly unk?: SpecialToken;
  };
  /** The tokenizer as JSON: hashed, and written beside the weights. */
  toJSON(): unknown;
}

export interface CorpusProgress {
  readonly documents: number;
  readonly tokens: number;
  readonly characters: number;
}

export interface BuildCorpusOptions {
  readonly documents: AsyncIterable<CorpusDocument> | Iterable<CorpusDocument>;
  readonly tokenizer: CorpusTokenizer;
  /** Tokens a sequence, `<s>` and `</s>` included. */
  readonly sequenceLength: number;
  /** Share of the tokens that goes to validation, by whole documents; at least one document. Default 0.05. */
  readonly validationFraction?: number;
  /** Chooses the validation documents. Default 0. */
  readonly seed?: number;
  readonly onProgress?: (progress: CorpusProgress) => void;
  readonly signal?: AbortSignal;
}

export declare function buildCorpus(options: BuildCorpusOptions): Promise<Corpus>;
