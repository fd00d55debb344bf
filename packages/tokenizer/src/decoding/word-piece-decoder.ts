import { cleanUpText, type Decoder, type DecoderStream } from './decoder.js';

/** Puts a space before every token that does not continue a word. */
export class WordPieceDecoder implements Decoder {
  readonly #prefix: string;
  readonly #cleanUp: boolean;

  constructor(prefix: string, cleanUp: boolean) {
    this.#prefix = prefix;
    this.#cleanUp = cleanUp;
  }

  stream(cleanUp: boolean = this.#cleanUp): DecoderStream {
    let first = true;
    return {
      push: (_id, token) => {
        let text = token;
        if (!first) text = token.startsWith(this.#prefix) ? token.slice(this.#prefix.length) : ` ${token}`;
        first = false;
        return cleanUp ? cleanUpText(text) : text;
      },
      end: () => '',
    };
  }
}
