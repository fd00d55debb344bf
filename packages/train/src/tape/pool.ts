/** Makes the arrays of a pool; float64 ones serve gradient checks. */
export type MakeFloats = (length: number) => Float32Array;

/**
 * Length of the buffer that serves `length`: one of sixteen sizes an octave. Operations take arrays of exactly the length
 * of their shape, so a view of it is lent. Batches of whole texts have another number of tokens each time; by exact
 * length the pool would keep a set of buffers for every number that ever occurred.
 */
export function roomFor(length: number): number {
  const unit = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(length, 1))) - 4);
  return Math.ceil(length / unit) * unit;
}

/** Buffers that are used again: a training step asks for about the same lengths every time, so that little is allocated after the first. */
export class BufferPool {
  readonly #floats = new Map<number, Float32Array[]>();
  readonly #ints = new Map<number, Int32Array[]>();
  /** Each buffer whole, by the memory that its views share. */
  readonly #whole = new WeakMap<ArrayBufferLike, Float32Array | Int32Array>();
  readonly #makeFloats: MakeFloats;
  #allocated = 0;

  constructor(makeFloats: MakeFloats = (length) => new Float32Array(length)) {
    this.#makeFloats = makeFloats;
  }

  /** Any contents. */
  floats(length: number): Float32Array {
    return this.#lend(this.#floats, length, this.#makeFloats);
  }

  /** All 0. */
  zeros(length: number): Float32Array {
    return this.floats(length).fill(0);
  }

  /** Any contents. */
  ints(length: number): Int32Array {
    return this.#lend(this.#ints, length, (room) => new Int32Array(room));
  }

  give(buffer: Float32Array | Int32Array): void {
    const whole = this.#whole.get(buffer.buffer)!;
    if (whole instanceof Int32Array) put(this.#ints, whole);
    else put(this.#floats, whole);
  }

  /** Bytes of all buffers ever made. */
  get allocatedBytes(): number {
    return this.#allocated;
  }

  #lend<T extends Float32Array | Int32Array>(
    shelf: Map<number, T[]>,
    length: number,
    make: (room: number) => T,
  ): T {
    const room = roomFor(length);
    let whole = shelf.get(room)?.pop();
    if (!whole) {
      whole = make(room);
      this.#whole.set(whole.buffer, whole);
      this.#allocated += whole.byteLength;
    }
    return whole.length === length ? whole : (whole.subarray(0, length) as T);
  }
}

function put<T extends Float32Array | Int32Array>(shelf: Map<number, T[]>, buffer: T): void {
  const free = shelf.get(buffer.length);
  if (free) free.push(buffer);
  else shelf.set(buffer.length, [buffer]);
}
