import { type Activation, type Backend, type LookupFfnConfig, LookupFfnError } from '@lookupffn/core';
import type { Evaluator } from '../model/evaluator.js';
import { PackedSource } from '../packed/source.js';
import type { PackedModel, ToPack } from '../packed/types.js';
import type { RobertaModel } from '../session/types.js';
import { type ParameterSource, type SourceParameter, WeightSource } from '../weights/source.js';
import { countMemory, type ModelMemory } from './memory.js';
import { type PrecisionOptions, PreparedModules } from './prepared-modules.js';
import { type Matrix, Scopes } from './scopes.js';

/**
 * Inference: runs each operation at once on a backend, with weights prepared at first use and activations in reused
 * buffers. After `seal` only prepared weights, embeddings and norms are kept. Not for two passes at the same time.
 */
export class DirectEvaluator implements Evaluator<Matrix> {
  readonly #backend: Backend;
  readonly #epsilon: number;
  readonly #source: ParameterSource;
  readonly #modules: PreparedModules;
  // Embedding tables and norms are used as they are.
  readonly #plain = new Map<string, SourceParameter>();
  readonly #scopes = new Scopes();
  readonly #mapped: boolean;
  #disposed = false;

  /** The backend stays the caller's. Throws `TENSOR_MISSING`, `TENSOR_MISMATCH` or `NOT_FINITE` for bad weights. */
  constructor(backend: Backend, model: RobertaModel | PackedModel, options: PrecisionOptions = {}) {
    this.#backend = backend;
    this.#epsilon = model.config.layerNormEps;
    this.#mapped = 'modules' in model && model.mapped;
    this.#source = 'modules' in model ? new PackedSource(model) : new WeightSource(model);
    this.#modules = new PreparedModules(backend, this.#source, this.#epsilon, options);
  }

  embedding(name: string, ids: Int32Array): Matrix {
    const { data, shape } = this.#parameter(`${name}.weight`);
    const [vocabulary, size] = shape as [number, number];
    const y = this.#make(ids.length, size);
    this.#backend.ops.embedding({ rows: ids.length, vocabulary, size }, ids, data, y.data);
    return y;
  }

  linear(name: string, x: Matrix, activation: Activation = 'none'): Matrix {
    this.#guard();
    const { handle, out } = this.#modules.linear(name, activation);
    const y = this.#make(x.rows, out);
    handle.forward(x.rows, x.data, y.data);
    return y;
  }

  layerNorm(name: string, x: Matrix): Matrix {
    const y = this.#make(x.rows, x.columns);
    const shape = { rows: x.rows, size: x.columns, epsilon: this.#epsilon };
    const weight = this.#parameter(`${name}.weight`).data;
    this.#backend.ops.layerNorm(shape, x.data, weight, this.#parameter(`${name}.bias`).data, y.data);
    return y;
  }

  attention(q: Matrix, k: Matrix, v: Matrix, offsets: Int32Array, heads: number): Matrix {
    const y = this.#make(q.rows, q.columns);
    const shape = { rows: q.rows, sequences: offsets.length - 1, heads, headSize: q.columns / heads };
    this.#backend.ops.attention(shape, offsets, q.data, k.data, v.data, y.data);
    return y;
  }

  lookupFfn(name: string, x: Matrix, config: LookupFfnConfig): Matrix {
    this.#guard();
    const handle = this.#modules.lookupFfn(name, config);
    const y = this.#make(x.rows, config.out);
    handle.forward(x.rows, x.data, y.data);
    return y;
  }

  add(a: Matrix, b: Matrix): Matrix {
    const y = this.#make(a.rows, a.columns);
    this.#backend.ops.add({ size: y.data.length }, a.data, b.data, y.data);
    return y;
  }

  tanh(x: Matrix): Matrix {
    const y = this.#make(x.rows, x.columns);
    for (let i = 0; i < y.data.length; i++) y.data[i] = Math.tanh(x.data[i]!);
    return y;
  }

  takeRows(x: Matrix, rows: Int32Array): Matrix {
    const y = this.#make(rows.length, x.columns);
    for (let i = 0; i < rows.length; i++) {
      const start = rows[i]! * x.columns;
      y.data.set(x.data.subarray(start, start + x.columns), i * x.columns);
    }
    return y;
  }

  tidy(body: () => Matrix, spent?: Matrix): Matrix {
    return this.#scopes.tidy(body, spent);
  }

  /** Gives every activation's buffer back; matrices made so far must not be read afterwards. */
  releaseAll(): void {
    this.#scopes.releaseAll();
  }

  /** Lets source weights go after a pass that used every module; a module not used by then is gone. */
  seal(): void {
    this.#source.clear();
  }

  /** Bytes of prepared weights, embedding tables and norms held. */
  get bytes(): number {
    const prepared = this.#modules.all.reduce((sum, handle) => sum + handle.bytes, 0);
    return [...this.#plain.values()].reduce((sum, { data }) => sum + data.byteLength, prepared);
  }

  /** Makes a packed model's handles at once; a model in memory is prepared as it is used. */
  adoptAll(): void {
    if (!(this.#source instanceof PackedSource)) return;
    this.#modules.adoptAll();
    for (const name of this.#source.model.tensors.keys()) this.#parameter(name);
  }

  /** What a packed file is to hold, once a pass has used every module. */
  *toPack(): Generator<ToPack> {
    for (const parameter of this.#plain.values()) yield { kind: 'tensor', parameter };
    yield* this.#modules.toPack();
  }

  /** Bytes by kind. */
  memory(): ModelMemory {
    const scratch = this.#scopes.bytes + (this.#backend.scratchBytes?.() ?? 0);
    return countMemory([...this.#plain.values()], this.#mapped, this.#modules.handles, scratch);
  }

  /** Bytes of activation buffers, in use and free. */
  get activationBytes(): number {
    return this.#scopes.bytes;
  }

  /** What prepared weights are kept as. */
  get dtypes(): string[] {
    return [...new Set(this.#modules.all.map((handle) => handle.dtype))];
  }

  /** Frees prepared weights and buffers, not the backend. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#modules.dispose();
    this.#scopes.dispose();
    this.#plain.clear();
    this.#source.clear();
  }

  #parameter(name: string): SourceParameter {
    this.#guard();
    const known = this.#plain.get(name);
    if (known) return known;
    const found = this.#source.get(name);
    this.#plain.set(name, found);
    return found;
  }

  #make(rows: number, columns: number): Matrix {
    return this.#scopes.make(rows, columns);
  }

  #guard(): void {
    if (this.#disposed) {
      throw new LookupFfnError('DISPOSED', 'A DirectEvaluator was used after dispose().');
    }
  }
}
