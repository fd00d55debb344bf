/** Makes the arrays of a pool; float64 ones serve gradient checks. */
export type MakeFloats = (length: number) => Float32Array;

/**
 * Buffers by exact length, for operations take arrays of exactly the length of their shape. A training step asks for
 * the same lengths every time, so that nothing is allocated after the first.
 */
export class BufferPool {
  readonly #floats = new Map<number, Float32Array[]>();
  readonly #ints = new Map<number, Int32Array[]>();
  readonly #makeFloats: MakeFloats;
  #allocated = 0;

  constructor(makeFloats: MakeFloats = (length) => new Float32Array(length)) {
    this.#makeFloats = makeFloats;
  }

  /** Any contents. */
  floats(length: number): Float32Array {
    const free = this.#floats.get(length)?.pop();
    if (free) return free;
    const made = this.#makeFloats(length);
    this.#allocated += made.byteLength;
    return made;
  }

  /** All 0. */
  zeros(length: number): Float32Array {
    return this.floats(length).fill(0);
  }

  /** Any contents. */
  ints(length: number): Int32Array {
    const free = this.#ints.get(length)?.pop();
    if (free) return free;
    const made = new Int32Array(length);
    this.#allocated += made.byteLength;
    return made;
  }

  give(buffer: Float32Array | Int32Array): void {
    if (buffer instanceof Int32Array) put(this.#ints, buffer);
    else put(this.#floats, buffer);
  }

  /** Bytes of all buffers ever made. */
  get allocatedBytes(): number {
    return this.#allocated;
  }
}

function put<T extends Float32Array | Int32Array>(shelf: Map<number, T[]>, buffer: T): void {
  const free = shelf.get(buffer.length);
  if (free) free.push(buffer);
  else shelf.set(buffer.length, [buffer]);
}
