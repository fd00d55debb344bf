/** Rounded up so that requests of nearly the same length share a buffer: at most a quarter is wasted. */
function roundUp(length: number): number {
  const step = Math.max(64, 2 ** (Math.floor(Math.log2(Math.max(1, length))) - 2));
  return Math.ceil(length / step) * step;
}

/**
 * Buffers for activations. Smallest that fits; when none does, the largest free one is given up for a longer one, so
 * that the number of buffers stays what one pass needs at once and nothing is allocated after the longest pass.
 */
export class BufferPool {
  // Free buffers, shortest first.
  #free: Float32Array[] = [];

  /** A buffer of at least `length` with any contents. */
  take(length: number): Float32Array {
    const fits = this.#free.findIndex((buffer) => buffer.length >= length);
    if (fits >= 0) return this.#free.splice(fits, 1)[0]!;
    this.#free.pop();
    return new Float32Array(roundUp(length));
  }

  /** Before others of its length: the one used last is the likeliest in a cache. */
  give(buffer: Float32Array): void {
    const after = this.#free.findIndex((other) => other.length >= buffer.length);
    this.#free.splice(after < 0 ? this.#free.length : after, 0, buffer);
  }

  /** Bytes of the free buffers. */
  get bytes(): number {
    return this.#free.reduce((sum, buffer) => sum + buffer.byteLength, 0);
  }

  clear(): void {
    this.#free = [];
  }
}
