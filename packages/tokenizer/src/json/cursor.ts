import { decodeUtf8Bytes } from '../byte-level/utf8.js';
import { hashOn, spread } from '../model/hash.js';

export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;

/**
 * Walks over JSON in UTF-8 without making values. What a method reads it passes over, with the white space that
 * follows. It says whether the text goes on as expected: a "no" means that the text is malformed, or written in an
 * unusual way, and leaves the cursor anywhere.
 *
 * A call costs more than what it does while code is not yet compiled, which here is half of the time: hence few calls.
 */
export class JsonCursor {
  readonly bytes: Uint8Array;
  at = 0;
  /** Of the last `string`, as `hashUnits` has it. */
  hash = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#passTo(0);
  }

  take(byte: number): boolean {
    if (this.bytes[this.at] !== byte) return false;
    if (this.bytes[++this.at] <= 0x20) this.#passTo(this.at);
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

  /** A whole number without sign, point or exponent, at most nine digits long; -1 for any other value. */
  count(): number {
    const { bytes, at: from } = this;
    let value = 0;
    let at = from;
    for (; bytes[at] >= 0x30 && bytes[at] <= 0x39; at++) value = 10 * value + bytes[at] - 0x30;
    this.at = at;
    if (bytes[at] <= 0x20) this.#passTo(at);
    const digits = at - from;
    return digits === 0 || digits > 9 || (digits > 1 && bytes[from] === 0x30) ? -1 : value;
  }

  /** Writes the units of a string into `units` from `to` on; returns where they end, or -1. */
  string(units: Uint16Array, to: number): number {
    const { bytes } = this;
    if (bytes[this.at] !== QUOTE) return -1;
    let at = this.at + 1;
    let end = to;
    let hash = 0;
    for (let byte = bytes[at]; byte !== QUOTE; byte = bytes[at]) {
      let unit = byte;
      if (byte >= 0xc2 && byte < 0xe0 && (bytes[at + 1] & 0xc0) === 0x80) {
        unit = ((byte & 0x1f) << 6) | (bytes[at + 1] & 0x3f);
        at += 2;
      } else if (byte < 0x80 && byte >= 0x20 && byte !== BACKSLASH) {
        at++;
      } else {
        this.at = at;
        unit = this.#unusual();
        if (unit < 0) return -1;
        at = this.at;
        if (unit > 0xffff) {
          units[end] = 0xd7c0 + (unit >> 10);
          hash = hashOn(hash, units[end++]);
          unit = 0xdc00 + (unit & 0x3ff);
        }
      }
      units[end++] = unit;
      hash = hashOn(hash, unit);
    }
    this.at = at + 1;
    this.hash = spread(hash);
    if (bytes[this.at] <= 0x20) this.#passTo(this.at);
    return end;
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
      this.#passTo(this.at + 1);
    }
  }

  /** The unit that an escape stands for, or a character of several bytes; -1 where there is none. */
  #unusual(): number {
    const { bytes, at } = this;
    if (bytes[at] === BACKSLASH) {
      this.at += bytes[at + 1] === LETTER_U ? 6 : 2;
      return escapedUnit(bytes, at + 1);
    }
    const point = decodeUtf8Bytes(bytes, at);
    this.at += point > 0xffff ? 4 : 3;
    // U+FFFD may stand for what was no UTF-8.
    return point === 0xfffd ? -1 : point;
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
    this.#passTo(at + 1);
    return true;
  }

  /** To `place`, and on to the first byte that is no white space. */
  #passTo(place: number): void {
    const { bytes } = this;
    let at = place;
    while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
    this.at = at;
  }
}

const utf8 = /* @__PURE__ */ new TextDecoder();

/** What the letter after a backslash stands for; 0 where it stands for nothing. */
const escapes = new Uint8Array(256);
for (const [letter, meaning] of ['""', '\\\\', '//', 'b\b', 'f\f', 'n\n', 'r\r', 't\t']) {
  escapes[letter.charCodeAt(0)] = meaning.charCodeAt(0);
}

/** The unit that the escape stands for whose letter is at `at`; -1 where there is none. */
function escapedUnit(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== LETTER_U) return escapes[bytes[at]] || -1;
  let unit = 0;
  for (let i = at + 1; i <= at + 4; i++) {
    const digit = hexDigit(bytes[i]);
    if (digit < 0) return -1;
    unit = (unit << 4) | digit;
  }
  return unit;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}
