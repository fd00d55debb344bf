import { BufferPool } from './pool.js';

/** An activation `[rows, columns]`, row-major. `data` is exactly that long and valid until its scope ends. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

/**
 * Lifetimes of activations, as in TensorFlow.js: what a `tidy` made goes back to the pool at its end, its result goes
 * to the scope around it. Values made outside any `tidy` live until `releaseAll`.
 */
export class Scopes {
  readonly #pool = new BufferPool();
  readonly #buffers = new Map<Matrix, Float32Array>();
  readonly #root = new Set<Matrix>();
  #scope = this.#root;

  /** A matrix with any contents, owned by the innermost scope. */
  make(rows: number, columns: number): Matrix {
    const buffer = this.#pool.take(rows * columns);
    const matrix: Matrix = { rows, columns, data: buffer.subarray(0, rows * columns) };
    this.#buffers.set(matrix, buffer);
    this.#scope.add(matrix);
    return matrix;
  }

  tidy(body: () => Matrix, spent?: Matrix): Matrix {
    const outer = this.#scope;
    const inner = new Set<Matrix>();
    this.#scope = inner;
    const close = (result?: Matrix): void => {
      this.#scope = outer;
      for (const matrix of inner) if (matrix !== result) this.#release(matrix);
    };
    try {
      const result = body();
      close(result);
      if (inner.has(result)) outer.add(result);
      if (spent && spent !== result && outer.delete(spent)) this.#release(spent);
      return result;
    } catch (error) {
      close();
      throw error;
    }
  }

  /** Takes everything back, whatever scope it is in: between requests, and after one that failed. */
  releaseAll(): void {
    for (const buffer of this.#buffers.values()) this.#pool.give(buffer);
    this.#buffers.clear();
    this.#root.clear();
    this.#scope = this.#root;
  }

  /** Matrices alive. */
  get alive(): number {
    return this.#buffers.size;
  }

  /** Bytes of all buffers, in use and free. */
  get bytes(): number {
    let bytes = this.#pool.bytes;
    for (const buffer of this.#buffers.values()) bytes += buffer.byteLength;
    return bytes;
  }

  /** Forgets the pooled buffers too. */
  dispose(): void {
    this.releaseAll();
    this.#pool.clear();
  }

  #release(matrix: Matrix): void {
    const buffer = this.#buffers.get(matrix);
    if (!buffer) return;
    this.#buffers.delete(matrix);
    this.#pool.give(buffer);
  }
}
