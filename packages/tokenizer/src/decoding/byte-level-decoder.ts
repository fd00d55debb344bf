import { tokenBytes } from '../byte-level/alphabet.js';
import type { Decoder, DecoderStream } from './decoder.js';

/** Joins the bytes that tokens stand for and reads them as UTF-8, with U+FFFD where they are none. */
export class ByteLevelDecoder implements Decoder {
  // Filled as tokens are met: most of a vocabulary is never decoded.
  readonly #bytes: (Uint8Array | undefined)[] = [];

  stream(): DecoderStream {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    return {
      push: (id, token) => {
        this.#bytes[id] ??= tokenBytes(token);
        return decoder.decode(this.#bytes[id], { stream: true });
      },
      end: () => decoder.decode(),
    };
  }
}
