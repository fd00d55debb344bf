import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { type Addition, advance, type EmbedOutput, type EmbedProgress } from './output.js';

/** Standard output: no faster than its reader, and nothing to go on from. */
export class OutputStream implements EmbedOutput {
  readonly #stream: Writable;
  #progress: EmbedProgress;

  constructor(stream: Writable, first: EmbedProgress) {
    this.#stream = stream;
    this.#progress = first;
  }

  get progress(): EmbedProgress {
    return this.#progress;
  }

  async append(addition: Addition): Promise<void> {
    const bytes = Buffer.from(addition.text);
    if (!this.#stream.write(bytes)) await once(this.#stream, 'drain');
    this.#progress = advance(this.#progress, addition, bytes.length);
  }

  async save(): Promise<void> {}
  async finish(): Promise<void> {}
  async close(): Promise<void> {}
}
