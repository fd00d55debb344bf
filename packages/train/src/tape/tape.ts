import type { Activation, LookupFfnConfig } from '@lookupffn/core';
import type { Evaluator, RobertaConfig } from '@lookupffn/roberta';
import { lookupFfn } from './lookup-ffn.js';
import type { LookupTraining } from './lookup-training.js';
import {
  add,
  attention,
  type Context,
  crossEntropy,
  embedding,
  layerNorm,
  linear,
  takeRows,
  tanh,
} from './operations.js';
import type { Parameters } from './parameters.js';
import { BufferPool } from './pool.js';
import { Recorder, type TrainingBackend } from './recorder.js';
import type { Variable } from './variable.js';

export interface TapeOptions {
  readonly backend: TrainingBackend;
  readonly config: RobertaConfig;
  /** Where weights are found and gradients gathered. */
  readonly parameters: Parameters;
  readonly pool?: BufferPool;
}

/**
 * Runs the model's operations and remembers them, so that `backward` can add to the parameters' gradients. Buffers
 * come from a pool and go back to it: steps of equal shape allocate nothing after the first.
 */
export class Tape implements Evaluator<Variable> {
  readonly #context: Context;

  constructor({ backend, config, parameters, pool = new BufferPool() }: TapeOptions) {
    const recorder = new Recorder(backend, pool);
    this.#context = { recorder, backend, parameters, epsilon: config.layerNormEps, training: {} };
  }

  /** What look-up blocks that are recorded from here on do beyond their config. */
  set lookupTraining(training: LookupTraining) {
    this.#context.training = training;
  }

  embedding(name: string, ids: Int32Array): Variable {
    return embedding(this.#context, name, ids);
  }

  linear(name: string, x: Variable, activation: Activation = 'none'): Variable {
    return linear(this.#context, name, x, activation);
  }

  layerNorm(name: string, x: Variable): Variable {
    return layerNorm(this.#context, name, x);
  }

  attention(q: Variable, k: Variable, v: Variable, offsets: Int32Array, heads: number): Variable {
    return attention(this.#context, q, k, v, offsets, heads);
  }

  lookupFfn(name: string, x: Variable, config: LookupFfnConfig): Variable {
    return lookupFfn(this.#context, name, x, config);
  }

  add(a: Variable, b: Variable): Variable {
    return add(this.#context, a, b);
  }

  tanh(x: Variable): Variable {
    return tanh(this.#context, x);
  }

  takeRows(x: Variable, rows: Int32Array): Variable {
    return takeRows(this.#context, x, rows);
  }

  /** Everything is needed on the way back. */
  tidy(body: () => Variable): Variable {
    return body();
  }

  /** `-log softmax(logits)[target]` of each row, `[rows, 1]`, in nats. */
  crossEntropy(logits: Variable, targets: Int32Array): Variable {
    return crossEntropy(this.#context, logits, targets);
  }

  /** A place to go back to. */
  mark(): number {
    return this.#context.recorder.mark();
  }

  /**
   * Adds the gradients of `scale * sum(loss)` to what was recorded after `mark`, and to the parameters used there.
   * Activations made after the mark are given back; those before it keep the gradient they have gathered, for a
   * later call. With `null` only gradients gathered so far flow on.
   */
  backward(loss: Variable | null, scale = 1, mark = 0): void {
    const { recorder } = this.#context;
    if (loss) recorder.seed(loss, scale);
    recorder.rewind(mark);
  }

  /** A copy of given numbers, for what no module of the model made. */
  constant(rows: number, columns: number, values: Float32Array): Variable {
    const { recorder } = this.#context;
    const x = recorder.make(rows, columns);
    x.data.set(values);
    // Recorded, so that its buffers go back to the pool with all others.
    return recorder.record(x, [], () => {});
  }

  /**
   * Gives `y` the gradient of a loss that the caller has worked out, `[rows, columns]`, for `backward` to go on from;
   * before any of it has flowed.
   */
  seed(y: Variable, gradient: Float32Array): void {
    this.#context.recorder.seedWith(y, gradient);
  }

  /** As `backward`, from the gradient of a loss by `y` that the caller has worked out. */
  backwardFrom(y: Variable, gradient: Float32Array): void {
    this.seed(y, gradient);
    this.backward(null);
  }

  /** Gives every buffer back, without gradients: after a pass that failed or whose gradients nobody wants. */
  reset(): void {
    this.#context.recorder.reset();
  }

  /** Bytes of all buffers made so far: does not grow from step to step. */
  get allocatedBytes(): number {
    return this.#context.recorder.pool.allocatedBytes;
  }
}
