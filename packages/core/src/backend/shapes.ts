import type { ProjectionKind, ReadMode } from '../lookup-ffn/config.js';

/** `rows` vectors of `size` numbers each. */
export interface RowsShape {
  readonly rows: number;
  readonly size: number;
}

/** A flat array of `size` numbers. */
export interface FlatShape {
  readonly size: number;
}

export interface Bh4Shape {
  readonly rows: number;
  /** `d`: length of an input row before padding. */
  readonly hidden: number;
  readonly block: number;
  readonly stages: number;
  readonly repeats: number;
}

/** x to z. For a dense projection `block`, `stages` are ignored. */
export interface ProjectionShape {
  readonly rows: number;
  readonly projection: ProjectionKind;
  readonly hidden: number;
  readonly tables: number;
  readonly bits: number;
  readonly block: number;
  readonly stages: number;
}

export interface HashShape {
  readonly rows: number;
  readonly tables: number;
  readonly bits: number;
}

export interface ReadShape extends HashShape {
  readonly read: ReadMode;
}

export interface GatherShape {
  readonly rows: number;
  readonly tables: number;
  readonly bits: number;
  /** Cells read per row and table, `c`. */
  readonly cells: number;
  readonly out: number;
}

export interface LayerNormShape extends RowsShape {
  /** Added to the variance. */
  readonly epsilon: number;
}

export interface LinearShape {
  readonly rows: number;
  readonly in: number;
  readonly out: number;
}

/** Self-attention over packed sequences: sequence `i` is rows `offsets[i]` to `offsets[i+1]`. */
export interface AttentionShape {
  readonly rows: number;
  readonly sequences: number;
  readonly heads: number;
  readonly headSize: number;
}

export interface EmbeddingShape {
  readonly rows: number;
  /** Rows of the table; ids must be below this. */
  readonly vocabulary: number;
  readonly size: number;
}

export interface CrossEntropyShape {
  readonly rows: number;
  readonly classes: number;
}

export interface AdamWShape extends FlatShape {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled: `p -= learningRate * weightDecay * p`. */
  readonly weightDecay: number;
  /** 1 for the first step; bias correction uses it. */
  readonly step: number;
  /** The gradient is multiplied by this first (clipping, accumulation). */
  readonly gradientScale: number;
}

export interface CellVariationShape {
  readonly tables: number;
  readonly bits: number;
  readonly out: number;
  /** The bit whose cell pairs are penalised, counted from the most significant; -1 for the mean over all. */
  readonly bit: number;
  /** Multiplies the gradient (lambda); the returned loss is not multiplied. */
  readonly scale: number;
}
