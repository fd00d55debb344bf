import { type FileHandle, open, rename } from 'node:fs/promises';
import { fileError } from '@lookupffn/core/node';

/** Some tokens' inputs and outputs of one FFN, both `[rows, size]`. */
export interface Pairs {
  readonly rows: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** Appends pairs to a file of little-endian float32, a row's input before its output. */
export class PairWriter {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #size: number;

  private constructor(path: string, handle: FileHandle, size: number) {
    this.#path = path;
    this.#handle = handle;
    this.#size = size;
  }

  /** The file has its name only once `finish` is called. */
  static async create(path: string, size: number): Promise<PairWriter> {
    try {
      return new PairWriter(path, await open(`${path}.tmp`, 'w'), size);
    } catch (error) {
      throw fileError(error, path, 'write');
    }
  }

  async append({ rows, x, y }: Pairs): Promise<void> {
    const size = this.#size;
    const lines = new Float32Array(rows * 2 * size);
    for (let row = 0; row < rows; row++) {
      lines.set(x.subarray(row * size, (row + 1) * size), row * 2 * size);
      lines.set(y.subarray(row * size, (row + 1) * size), (row * 2 + 1) * size);
    }
    try {
      await this.#handle.writeFile(new Uint8Array(lines.buffer));
    } catch (error) {
      throw fileError(error, this.#path, 'write');
    }
  }

  async finish(): Promise<void> {
    await this.#handle.sync();
    await this.#handle.close();
    await rename(`${this.#path}.tmp`, this.#path);
  }

  async abandon(): Promise<void> {
    await this.#handle.close().catch(() => {});
  }
}

/** Reads rows of such a file: a layer's activations need not fit into memory. */
export class PairReader {
  readonly rows: number;
  readonly size: number;
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle, rows: number, size: number) {
    this.#handle = handle;
    this.rows = rows;
    this.size = size;
  }

  static async open(path: string, size: number): Promise<PairReader> {
    try {
      const handle = await open(path, 'r');
      const { size: bytes } = await handle.stat();
      return new PairReader(handle, Math.floor(bytes / (8 * size)), size);
    } catch (error) {
      throw fileError(error, path, 'read');
    }
  }

  /** `count` rows from each of the given first rows, one after another. */
  async read(starts: readonly number[], count: number): Promise<Pairs> {
    const { size } = this;
    const rows = starts.length * count;
    const x = new Float32Array(rows * size);
    const y = new Float32Array(rows * size);
    const lines = new Float32Array(count * 2 * size);
    let at = 0;
    for (const start of starts) {
      await this.#handle.read(new Uint8Array(lines.buffer), 0, lines.byteLength, start * 8 * size);
      for (let row = 0; row < count; row++, at++) {
        x.set(lines.subarray(row * 2 * size, (row * 2 + 1) * size), at * size);
        y.set(lines.subarray((row * 2 + 1) * size, (row * 2 + 2) * size), at * size);
      }
    }
    return { rows, x, y };
  }

  /** Rows `from` to `to` in order, some at a time. */
  async *scan(from: number, to: number, atOnce = 2048): AsyncGenerator<Pairs> {
    for (let start = from; start < to; start += atOnce)
      yield this.read([start], Math.min(atOnce, to - start));
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
