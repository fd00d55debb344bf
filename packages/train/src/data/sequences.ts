/** What masking must know of a vocabulary. */
export interface MaskVocabulary {
  /** Number of token ids. */
  readonly size: number;
  /** The id of `<mask>`. */
  readonly maskTokenId: number;
  /** Ids that are never masked and never put in as a random word (`<s>`, `</s>`, `<pad>`, `<unk>`, `<mask>`, ...). */
  readonly specialTokenIds: readonly number[];
}

/**
 * Token sequences of one length. An interface, so that a corpus larger than memory can be read from files behind it.
 */
export interface TokenSequences {
  /** Number of sequences. */
  readonly count: number;
  /** Tokens a sequence, separators included. */
  readonly sequenceLength: number;
  readonly vocabulary: MaskVocabulary;
  /** Copies sequence `index` into `into`, from position `at` on. */
  read(index: number, into: Int32Array, at: number): void;
  /** Name of the document that sequence `index` begins with (for messages about bad data). */
  source(index: number): string;
}

/** Token ids of `count` sequences from `first` on. */
export function readSequences(sequences: TokenSequences, first: number, count: number): Int32Array[] {
  return Array.from({ length: count }, (_, i) => {
    const ids = new Int32Array(sequences.sequenceLength);
    sequences.read(first + i, ids, 0);
    return ids;
  });
}

/** What became of the shards of a corpus. */
export interface TokenCacheUse {
  readonly shards: number;
  /** Those that stood already. */
  readonly reused: number;
}

/** Tokenised text, split by document into training and validation. */
export interface Corpus {
  readonly train: TokenSequences;
  readonly validation: TokenSequences;
  /** Names of the documents of each split, sorted. */
  readonly documents: { readonly train: readonly string[]; readonly validation: readonly string[] };
  /** Tokens of all documents, before packing. */
  readonly tokens: number;
  /** SHA-256 over the packed sequences, the split and the vocabulary: a resumed run must have the same. */
  readonly hash: string;
  /** SHA-256 of the tokenizer. */
  readonly tokenizerHash: string;
  /** Of a corpus whose tokens are on disk. */
  readonly cache?: TokenCacheUse;
  /** Closes the files behind the sequences, where there are any; a later read opens them again. */
  close?(): void;
}
