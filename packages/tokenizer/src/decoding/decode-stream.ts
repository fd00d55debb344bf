import type { DecoderStream } from './decoder.js';

/** Decodes ids as they arrive; what comes out in pieces joins to what `decode` gives for all of them. */
export class DecodeStream {
  readonly #stream: DecoderStream;
  readonly #idToToken: (id: number) => string | undefined;
  readonly #skipped: ReadonlySet<number> | undefined;

  constructor(
    stream: DecoderStream,
    idToToken: (id: number) => string | undefined,
    skipped: ReadonlySet<number> | undefined,
  ) {
    this.#stream = stream;
    this.#idToToken = idToToken;
    this.#skipped = skipped;
  }

  /** The text that this id completes; empty while a character is incomplete. */
  push(id: number): string {
    if (this.#skipped?.has(id)) return '';
    const token = this.#idToToken(id);
    return token === undefined ? '' : this.#stream.push(id, token);
  }

  /** Ends the text: a character that stayed incomplete comes out as U+FFFD. */
  end(): string {
    return this.#stream.end();
  }
}
