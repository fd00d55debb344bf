import type { Activation, LookupFfnConfig } from '@lookupffn/core';

/**
 * The operations that the model is written over. Inference runs them at once on prepared weights; training records
 * them on a tape. `V` is the evaluator's own value: a matrix `[rows, columns]`.
 *
 * Weights are found by module name, as in a checkpoint: `linear('a.b', x)` uses `a.b.weight` and `a.b.bias`.
 */
export interface Evaluator<V> {
  /** Rows `ids` of the table `name.weight`: `[ids.length, size]`. */
  embedding(name: string, ids: Int32Array): V;
  /** `activation(x W^T + b)`. */
  linear(name: string, x: V, activation?: Activation): V;
  layerNorm(name: string, x: V): V;
  /** Bidirectional self-attention inside each packed sequence; q, k, v `[tokens, heads * headSize]`. */
  attention(q: V, k: V, v: V, offsets: Int32Array, heads: number): V;
  /** A LookupFFN block, its LayerNorm included, the residual not: parameters `name.LayerNorm`, `name.tables`, ... */
  lookupFfn(name: string, x: V, config: LookupFfnConfig): V;
  add(a: V, b: V): V;
  /** Element by element; for heads, which are small. */
  tanh(x: V): V;
  /** Some rows of an activation, e.g. the masked positions only. */
  takeRows(x: V, rows: Int32Array): V;
  /**
   * Runs `body`; whatever it made except its result may be re-used afterwards, and so may `spent`, its input, when the
   * caller is done with it. A tape keeps everything, so a training evaluator may just run the body.
   */
  tidy(body: () => V, spent?: V): V;
}
