import { type Backend, LookupFfnError } from '@lookupffn/core';
import { BufferPool } from './pool.js';
import { Variable } from './variable.js';

type Buffer = Float32Array | Int32Array;

interface Entry {
  readonly output: Variable;
  /** What the backward step needs beside its input and output; given back after it. */
  readonly saved: readonly Buffer[];
  readonly backward: (dy: Float32Array) => void;
}

/** The operations of a backend that training uses. */
export type TrainingBackend = Pick<Backend, 'ops' | 'grad'>;

/**
 * What happened, in order, and how to go back. Going back past an operation gives its activation, its saved buffers
 * and its gradient to the pool: only the parameters' gradients are left.
 */
export class Recorder {
  readonly pool: BufferPool;
  readonly #backend: TrainingBackend;
  readonly #entries: Entry[] = [];

  constructor(backend: TrainingBackend, pool: BufferPool = new BufferPool()) {
    this.#backend = backend;
    this.pool = pool;
  }

  /** A new variable with any contents, for an operation to fill. */
  make(rows: number, columns: number): Variable {
    return new Variable(rows, columns, this.pool.floats(rows * columns));
  }

  /** `backward(dy)` adds to the gradients of the operation's inputs (`gradientOf`) and parameters. */
  record(output: Variable, saved: readonly Buffer[], backward: (dy: Float32Array) => void): Variable {
    this.#entries.push({ output, saved, backward });
    return output;
  }

  /** The gradient of a variable, for adding to. */
  gradientOf(x: Variable): Float32Array {
    const { gradient } = x;
    if (gradient?.holders === 1) return gradient.data;
    if (!gradient) {
      x.gradient = { data: this.pool.zeros(x.data.length), holders: 1 };
      return x.gradient.data;
    }
    const own = this.pool.floats(x.data.length);
    own.set(gradient.data);
    gradient.holders--;
    x.gradient = { data: own, holders: 1 };
    return own;
  }

  /** Adds all of `from`'s gradient to `x`'s; where `x` has none yet they share one buffer. */
  passGradient(from: Variable, x: Variable): void {
    const gradient = from.gradient!;
    if (!x.gradient) {
      gradient.holders++;
      x.gradient = gradient;
      return;
    }
    const own = this.gradientOf(x);
    this.#backend.ops.add({ size: own.length }, own, gradient.data, own);
  }

  /** A place to go back to. */
  mark(): number {
    return this.#entries.length;
  }

  /** Goes back to `mark`, the latest operation first. An activation that nothing led from has no gradient to pass on. */
  rewind(mark: number): void {
    while (this.#entries.length > mark) {
      const entry = this.#entries.pop()!;
      if (entry.output.gradient) entry.backward(entry.output.gradient.data);
      this.#release(entry);
    }
  }

  /** Forgets everything recorded, without gradients (after a failed or forward-only pass). */
  reset(): void {
    for (const entry of this.#entries.splice(0)) this.#release(entry);
  }

  /** Sets the gradient of a variable to `value` everywhere: the start of the way back. */
  seed(x: Variable, value: number): void {
    if (x.gradient) {
      throw new LookupFfnError('INVALID_ARGUMENT', 'This variable has a gradient already: rewind before.');
    }
    x.gradient = { data: this.pool.floats(x.data.length).fill(value), holders: 1 };
  }

  /** Sets the gradient of a variable to a copy of `values`. */
  seedWith(x: Variable, values: Float32Array): void {
    this.seed(x, 0);
    x.gradient!.data.set(values);
  }

  #release({ output, saved }: Entry): void {
    this.pool.give(output.data);
    for (const buffer of saved) this.pool.give(buffer);
    const { gradient } = output;
    if (!gradient) return;
    output.gradient = null;
    if (--gradient.holders === 0) this.pool.give(gradient.data);
  }
}
