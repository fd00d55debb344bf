import type { LookupFfnConfig, ProjectionKind, ReadMode } from '@lookupffn/core';

/** Where LayerNorm stands: after each residual (RoBERTa) or before each sub-layer (RoBERTa-PreLayerNorm). */
export type NormPosition = 'post' | 'pre';

/**
 * Whose checkpoints a model follows: the names of its tensors, and where positions begin. XLM-R has RoBERTa's names
 * and DistilRoBERTa is a RoBERTa; MiniLM and most small embedding models are BERTs.
 */
export type ModelFamily = 'roberta' | 'xlm-roberta' | 'bert';

/** What stands on the encoder. Sentence embedding models have `none`. */
export type ModelHead = 'masked-lm' | 'sequence-classification' | 'none';

/** How a classification head's logits are read, in Hugging Face's words (`problem_type`). */
export type ProblemType = 'single_label_classification' | 'multi_label_classification' | 'regression';

/** How sentence-transformers makes one vector of a text. */
export interface SentencePooling {
  readonly pooling: 'mean' | 'cls';
  /** Whether the vector is scaled to length 1. */
  readonly normalize: boolean;
  /** Most tokens of a text, special ones included (`max_seq_length`); absent: what the position table allows. */
  readonly maxLength?: number;
}

/** The `ffn` section of config.json for look-up layers; sizes as in the numeric conventions. */
export interface LookupFfnSection {
  readonly kind: 'lookup';
  readonly tables: number;
  readonly bits: number;
  readonly projection: ProjectionKind;
  readonly block: number;
  readonly stages: number;
  readonly read: ReadMode;
  /** Learned two-cell temperature per table. */
  readonly temperature: boolean;
  /** Learned score beta and gamma per table. */
  readonly scorePower: boolean;
  /** Affine path beside the tables; as narrow as they are. */
  readonly skip: boolean;
  /**
   * Columns of the tables, 1 to the hidden size; a matrix after them makes the hidden size of what they give. Absent:
   * the tables have the hidden size themselves and there is no matrix.
   */
  readonly outputRank?: number;
  /** Which layers are look-ups; the others stay dense. Absent: all. */
  readonly layers?: readonly number[];
}

export type FfnSection = { readonly kind: 'dense' } | LookupFfnSection;

/** A RoBERTa or BERT encoder; names follow Hugging Face's config.json in camelCase. */
export interface RobertaConfig {
  readonly family: ModelFamily;
  readonly head: ModelHead;
  readonly norm: NormPosition;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly intermediateSize: number;
  /** Rows of the position table; RoBERTa never uses the first `padTokenId + 1` of them. */
  readonly maxPositionEmbeddings: number;
  readonly typeVocabSize: number;
  readonly layerNormEps: number;
  /** Standard deviation of fresh embeddings and dense matrices; look-up blocks start by the numeric conventions. */
  readonly initializerRange: number;
  readonly padTokenId: number;
  readonly bosTokenId: number;
  readonly eosTokenId: number;
  /** Ours: the `<mask>` id, so that a session can find masks without a tokenizer. */
  readonly maskTokenId?: number;
  /** The language-model head's decoder has a matrix of its own; absent: it shares the word embeddings'. */
  readonly untiedDecoder?: true;
  /** Names of a classification head's outputs, in order; empty without one. */
  readonly labels: readonly string[];
  readonly problemType?: ProblemType;
  /** Read from and written to sentence-transformers' files beside config.json. */
  readonly sentence?: SentencePooling;
  readonly ffn: FfnSection;
}

/** Row of the position table that a sequence's first token uses: BERT counts from 0, RoBERTa from `padTokenId + 1`. */
export function firstPosition(config: Pick<RobertaConfig, 'family' | 'padTokenId'>): number {
  return config.family === 'bert' ? 0 : config.padTokenId + 1;
}

/** Longest sequence the position table allows. */
export function maxSequenceLength(config: RobertaConfig): number {
  return config.maxPositionEmbeddings - firstPosition(config);
}

/**
 * Most tokens of a text, special ones included: what the position table allows, or fewer where sentence-transformers'
 * `max_seq_length` says so. The limit that a tokenizer.json holds is not it: it is left over from whatever the
 * tokenizer was last saved for.
 */
export function maxTextLength(config: RobertaConfig): number {
  return Math.min(maxSequenceLength(config), config.sentence?.maxLength ?? Number.POSITIVE_INFINITY);
}

/** Whether a layer's FFN ends with a matrix from the tables' columns to the hidden size. */
export function hasOutputMatrix(config: RobertaConfig, layer: number): boolean {
  const { ffn } = config;
  return ffn.kind === 'lookup' && ffn.outputRank !== undefined && layerLookup(config, layer) !== null;
}

/** The LookupFFN of a layer, or null where the layer is dense. With an output rank `out` is that, not the hidden size. */
export function layerLookup(config: RobertaConfig, layer: number): LookupFfnConfig | null {
  const { ffn, hiddenSize } = config;
  if (ffn.kind === 'dense' || (ffn.layers && !ffn.layers.includes(layer))) return null;
  return {
    hidden: hiddenSize,
    out: ffn.outputRank ?? hiddenSize,
    tables: ffn.tables,
    bits: ffn.bits,
    projection: ffn.projection,
    block: ffn.block,
    stages: ffn.stages,
    read: ffn.read,
  };
}
