import type { LookupFfnConfig, LookupFfnWeights } from '../lookup-ffn/config.js';

/** How prepared dense weights are kept. */
export type LinearDtype = 'f32' | 'int8';
/** How prepared table rows are kept. */
export type TableDtype = 'f32' | 'bf16' | 'f16' | 'int8' | 'int4';
/** How a prepared BH4 projection is kept. */
export type ProjectionDtype = 'f32' | 'bf16';

export type Activation = 'none' | 'gelu';

/**
 * Weights packed once for repeated use. The arrays they were made from are not kept or changed. `forward` after
 * `dispose` throws `DISPOSED`; dispose twice is harmless.
 */
export interface Prepared {
  /** Bytes held by the packed weights. */
  readonly bytes: number;
  /** What the weights are kept as: a backend without the asked dtype keeps f32 and says so here. */
  readonly dtype: string;
  /** What of `bytes` is what; kinds left out count as none. A backend that cannot tell leaves all of it out. */
  readonly parts?: PreparedParts;
  /** A copy of the packed bytes for `AdoptOps`; absent where the backend has none. */
  save?(): Uint8Array;
  dispose(): void;
}

/** Bytes of a handle, by kind. */
export interface PreparedParts {
  /** Table rows with their scales. */
  readonly tables?: number;
  /** A LookupFFN's projection. */
  readonly projection?: number;
  /** Lying in a mapped file, which other threads and processes share: of any kind. */
  readonly mapped?: number;
}

/** `y = activation(x W^T + bias)`. */
export interface PreparedLinear extends Prepared {
  /** x `[rows, in]`, y `[rows, out]`; rows may be 0. */
  forward(rows: number, x: Float32Array, y: Float32Array): void;
}

/** LayerNorm (when given) to projection to hash to gather, plus bias; the residual is the caller's. */
export interface PreparedLookupFfn extends Prepared {
  /** What the projection is kept as; absent: f32. */
  readonly projectionDtype?: ProjectionDtype;
  /** What the skip path is kept as; absent: f32, or there is none. */
  readonly skipDtype?: LinearDtype;
  /** x `[rows, d]`, y `[rows, o]`; rows may be 0. y must not be x. */
  forward(rows: number, x: Float32Array, y: Float32Array): void;
}

export interface LinearOptions {
  readonly in: number;
  readonly out: number;
  /** Default `f32`. */
  readonly dtype?: LinearDtype;
  /** Default `none`. */
  readonly activation?: Activation;
}

export interface LookupFfnOptions {
  /** Default `f32`. */
  readonly tableDtype?: TableDtype;
  /**
   * Default `f32`. `bf16` halves what a single token reads of the projection, and flips the codes whose z is within
   * about 0.3% of 0. A backend without it, and a dense projection, keep f32.
   */
  readonly projectionDtype?: ProjectionDtype;
  /** Of the affine path beside the tables, where there is one; default `f32`. A backend without it keeps f32. */
  readonly skipDtype?: LinearDtype;
}

/** Packs weights into what the backend's inference kernels want. */
export interface PrepareOps {
  /** weight `[out, in]`, bias `[out]` or null. */
  linear(options: LinearOptions, weight: Float32Array, bias: Float32Array | null): PreparedLinear;
  lookupFfn(
    config: LookupFfnConfig,
    weights: LookupFfnWeights,
    options?: LookupFfnOptions,
  ): PreparedLookupFfn;
}
