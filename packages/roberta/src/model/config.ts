import type { LookupFfnConfig, ProjectionKind, ReadMode } from '@lookupffn/core';

/** Where LayerNorm stands: after each residual (RoBERTa) or before each sub-layer (RoBERTa-PreLayerNorm). */
export type NormPosition = 'post' | 'pre';

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
  /** Affine path beside the tables. */
  readonly skip: boolean;
  /** Which layers are look-ups; the others stay dense. Absent: all. */
  readonly layers?: readonly number[];
}

export type FfnSection = { readonly kind: 'dense' } | LookupFfnSection;

/** A RoBERTa encoder; names follow Hugging Face's config.json in camelCase. */
export interface RobertaConfig {
  readonly norm: NormPosition;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly intermediateSize: number;
  /** Rows of the position table, the first `padTokenId + 1` of which are never used (as in RoBERTa). */
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
  readonly ffn: FfnSection;
}

/** Longest sequence the position table allows. */
export function maxSequenceLength(config: RobertaConfig): number {
  return config.maxPositionEmbeddings - config.padTokenId - 1;
}

/** The LookupFFN of a layer, or null where the layer is dense. */
export function layerLookup(config: RobertaConfig, layer: number): LookupFfnConfig | null {
  const { ffn, hiddenSize } = config;
  if (ffn.kind === 'dense' || (ffn.layers && !ffn.layers.includes(layer))) return null;
  return {
    hidden: hiddenSize,
    out: hiddenSize,
    tables: ffn.tables,
    bits: ffn.bits,
    projection: ffn.projection,
    block: ffn.block,
    stages: ffn.stages,
    read: ffn.read,
  };
}
