import { charCodeToByte } from '../byte-level/alphabet.js';
import { characterClasses, WHITE_SPACE } from '../unicode/classes.js';
import type { TokenBuffer } from './token-buffer.js';

/**
 * Leaves the white space at the ends of a token out of its offsets, the way byte-level tokenizers do: counted
 * on the token's written form, where `Ġ` is a space. An added token's written form is the text it was found as,
 * with the white space it strips.
 */
export class OffsetTrimmer {
  readonly #tokenOf: (id: number) => string | undefined;
  readonly #isAdded: (id: number) => boolean;
  readonly #keepPrefixSpace: boolean;
  // By id: leading << 16 | trailing spaces, counted when the id is first met; -1 before that.
  #counts = new Int32Array(0);

  constructor(
    tokenOf: (id: number) => string | undefined,
    isAdded: (id: number) => boolean,
    keepPrefixSpace: boolean,
  ) {
    this.#tokenOf = tokenOf;
    this.#isAdded = isAdded;
    this.#keepPrefixSpace = keepPrefixSpace;
  }

  trim(buffer: TokenBuffer, text: string): void {
    const { ids, offsets, length } = buffer;
    let counts = this.#counts;
    for (let i = 0; i < length; i++) {
      let spaces = ids[i] < counts.length ? counts[ids[i]] : -1;
      if (spaces < 0) {
        spaces = this.#count(ids[i]);
        counts = this.#counts;
      }
      if (spaces === 0) continue;
      const start = offsets[2 * i];
      // By far the most: a word with the space before it.
      if (spaces === ONE_LEADING && i > 0 && start > 0 && text.charCodeAt(start) === 0x20) {
        offsets[2 * i] = start + 1;
        continue;
      }
      const end = offsets[2 * i + 1];
      if (spaces === ADDED) spaces = countSpaces(text.slice(start, end));
      let leading = spaces >> 16;
      const trailing = spaces & 0xffff;
      // A first token's single space is the one that add_prefix_space put there: it is not in the text.
      if (this.#keepPrefixSpace && leading === 1 && (i === 0 || start === 0)) leading = 0;
      // What is counted off is a space in the text, or else the character that the prefix space shares its place with.
      const trimmedStart = Math.min(isPair(text, start) ? start + 2 * leading : start + leading, end);
      offsets[2 * i] = trimmedStart;
      const trimmedEnd = isPair(text, end - 2) ? end - 2 * trailing : end - trailing;
      if (trimmedEnd >= 0) offsets[2 * i + 1] = Math.max(trimmedEnd, trimmedStart);
    }
  }

  #count(id: number): number {
    if (id >= this.#counts.length) {
      const larger = new Int32Array(Math.max(id + 1, 2 * this.#counts.length, 1024)).fill(-1);
      larger.set(this.#counts);
      this.#counts = larger;
    }
    this.#counts[id] = this.#isAdded(id) ? ADDED : countSpaces(this.#tokenOf(id) ?? '');
    return this.#counts[id];
  }
}

function isPair(text: string, at: number): boolean {
  return (text.codePointAt(at) ?? 0) > 0xffff;
}

/** Stands for "look at the text". */
const ADDED = 0x7fffffff;
const ONE_LEADING = 1 << 16;

/** leading << 16 | trailing */
function countSpaces(token: string): number {
  let leading = 0;
  while (leading < token.length && isSpace(token.charCodeAt(leading))) leading++;
  let trailing = 0;
  while (trailing < token.length && isSpace(token.charCodeAt(token.length - 1 - trailing))) trailing++;
  return (Math.min(leading, 0x7ffe) << 16) | Math.min(trailing, 0xffff);
}

function isSpace(unit: number): boolean {
  return (
    (unit < charCodeToByte.length && charCodeToByte[unit] === 0x20) ||
    (characterClasses[unit] & WHITE_SPACE) !== 0
  );
}
