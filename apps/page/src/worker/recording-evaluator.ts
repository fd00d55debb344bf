import type { Activation, Backend, LookupFfnConfig, ScoreParameters } from '@lookupffn/core';
import type { DirectEvaluator, Evaluator, Matrix } from '@lookupffn/roberta';
import type { Model } from './models.js';

/** What a look-up block hashed: enough to say which cells it read. */
export interface Hashed {
  /** Module name, e.g. `roberta.encoder.layer.0.ffn`. */
  readonly name: string;
  readonly config: LookupFfnConfig;
  readonly rows: number;
  /** `[rows, tables, bits]`. */
  readonly z: Float32Array;
  readonly score: ScoreParameters;
}

/**
 * The same results as the evaluator it wraps, and beside them an account of what each look-up block hashed: the input
 * is projected a second time, for prepared blocks keep that to themselves.
 */
export class RecordingEvaluator implements Evaluator<Matrix> {
  readonly #inner: DirectEvaluator;
  readonly #backend: Backend;
  readonly #weights: ReadonlyMap<string, Float32Array>;
  readonly #epsilon: number;
  readonly #record: (hashed: Hashed) => void;

  constructor(
    backend: Backend,
    model: Pick<Model, 'evaluator' | 'hashWeights' | 'config'>,
    record: (hashed: Hashed) => void,
  ) {
    this.#inner = model.evaluator;
    this.#backend = backend;
    this.#weights = model.hashWeights;
    this.#epsilon = model.config.layerNormEps;
    this.#record = record;
  }

  lookupFfn(name: string, x: Matrix, config: LookupFfnConfig): Matrix {
    const { rows, columns } = x;
    const { ops } = this.#backend;
    const get = (parameter: string) => this.#weights.get(`${name}.${parameter}`)!;
    const normed = new Float32Array(rows * columns);
    const shape = { rows, size: columns, epsilon: this.#epsilon };
    ops.layerNorm(shape, x.data, get('LayerNorm.weight'), get('LayerNorm.bias'), normed);
    const z = new Float32Array(rows * config.tables * config.bits);
    ops.project({ rows, ...config }, normed, get('projection.weight'), get('projection.bias'), z);
    const score = {
      temperature: this.#weights.get(`${name}.read.temperature`),
      beta: this.#weights.get(`${name}.score.beta`),
      gamma: this.#weights.get(`${name}.score.gamma`),
    };
    this.#record({ name, config, rows, z, score });
    return this.#inner.lookupFfn(name, x, config);
  }

  embedding(name: string, ids: Int32Array): Matrix {
    return this.#inner.embedding(name, ids);
  }
  linear(name: string, x: Matrix, activation?: Activation): Matrix {
    return this.#inner.linear(name, x, activation);
  }
  layerNorm(name: string, x: Matrix): Matrix {
    return this.#inner.layerNorm(name, x);
  }
  attention(q: Matrix, k: Matrix, v: Matrix, offsets: Int32Array, heads: number): Matrix {
    return this.#inner.attention(q, k, v, offsets, heads);
  }
  add(a: Matrix, b: Matrix): Matrix {
    return this.#inner.add(a, b);
  }
  tanh(x: Matrix): Matrix {
    return this.#inner.tanh(x);
  }
  takeRows(x: Matrix, rows: Int32Array): Matrix {
    return this.#inner.takeRows(x, rows);
  }
  tidy(body: () => Matrix, spent?: Matrix): Matrix {
    return this.#inner.tidy(body, spent);
  }
}
