export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Walks over JSON in UTF-8 without making values. What a method reads it passes over, with the white space that
 * follows. It says whether the text goes on as expected: a "no" means that the text is malformed, or written in an
 * unusual way, and leaves the cursor anywhere.
 */
export class JsonCursor {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.passTo(0);
  }

  take(byte: number): boolean {
    if (this.bytes[this.at] !== byte) return false;
    if (this.bytes[++this.at] <= 0x20) this.passTo(this.at);
    return true;
  }

  /** Visits each member; `visit` passes over its value. A name written with escapes is unusual. */
  object(visit: (name: string) => boolean): boolean {
    if (!this.take(OPEN_BRACE)) return false;
    if (this.take(CLOSE_BRACE)) return true;
    do {
      const name = this.#plainString();
      if (name === undefined || !this.take(COLON) || !visit(name)) return false;
    } while (this.take(COMMA));
    return this.take(CLOSE_BRACE);
  }

  /** Passes over any value. It is not checked: what is malformed in it is passed over too. */
  skip(): boolean {
    const { bytes } = this;
    for (let depth = 0; ; ) {
      const byte = bytes[this.at];
      if (byte === undefined) return false;
      if (byte === QUOTE) {
        if (!this.#skipString()) return false;
        continue;
      }
      const closes = byte === CLOSE_BRACE || byte === CLOSE_BRACKET;
      if (depth === 0 && (closes || byte === COMMA)) return true;
      if (closes) depth--;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
      this.passTo(this.at + 1);
    }
  }

  #plainString(): string | undefined {
    const { bytes } = this;
    const from = this.at + 1;
    if (bytes[this.at] !== QUOTE || !this.#skipString()) return undefined;
    const text = utf8.decode(bytes.subarray(from, bytes.lastIndexOf(QUOTE, this.at - 1)));
    return text.includes('\\') ? undefined : text;
  }

  #skipString(): boolean {
    const { bytes } = this;
    let at = this.at + 1;
    while (bytes[at] !== QUOTE) {
      if (bytes[at] === BACKSLASH) at++;
      if (++at >= bytes.length) return false;
    }
    this.passTo(at + 1);
    return true;
  }

  /** To `place`, and on to the first byte that is no white space. */
  passTo(place: number): void {
    const { bytes } = this;
    let at = place;
    while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
    this.at = at;
  }
}

const utf8 = /* @__PURE__ */ new TextDecoder();
