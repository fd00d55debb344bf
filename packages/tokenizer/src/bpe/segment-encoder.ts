import { LOOKAHEAD, matchEnd } from '../byte-level/scanner.js';
import { WindowReader } from '../byte-level/windows.js';
import type { SegmentEncoder } from '../pipeline/segment-encoder.js';
import type { TokenBuffer } from '../pipeline/token-buffer.js';
import { MAX_CACHED_UNITS, SEVERAL, WordCache } from '../word-cache.js';
import type { ByteLevelBpe } from './byte-level-bpe.js';

export interface ByteLevelOptions {
  /** Whether a segment that does not begin with a space is read as if it did. */
  addPrefixSpace: boolean;
  /** Whether the segment is cut into words by GPT-2's pattern at all. */
  splitWords: boolean;
}

/** GPT-2's pre-tokenisation and byte-level BPE in one pass, with a cache of words. */
export class ByteLevelSegmentEncoder implements SegmentEncoder {
  readonly #model: ByteLevelBpe;
  readonly #options: ByteLevelOptions;
  readonly #cache = new WordCache();
  readonly #windows = new WindowReader();

  constructor(model: ByteLevelBpe, options: ByteLevelOptions) {
    this.#model = model;
    this.#options = options;
  }

  encode(text: string, from: number, to: number, out: TokenBuffer): void {
    if (from >= to) return;
    const first = out.length;
    const prefixSpace = this.#options.addPrefixSpace && text.charCodeAt(from) !== 0x20;
    this.#windows.read(text, from, to, prefixSpace, (units, count, last, base) =>
      this.#encodeWindow(units, count, last, base, out),
    );
    if (prefixSpace && out.withOffsets) hidePrefix(text, from, out, first);
  }

  /** Encodes the words that surely end inside the window; returns how many units they took. */
  #encodeWindow(units: Uint16Array, count: number, last: boolean, base: number, out: TokenBuffer): number {
    const wholeSegment = !this.#options.splitWords;
    if (wholeSegment && !last) return 0;
    const cache = this.#cache;
    // No more tokens than bytes of UTF-8.
    out.reserve(3 * count);
    const { ids, words, offsets, withOffsets } = out;
    let length = out.length;
    let word = out.nextWord;
    let position = 0;
    while (position < count) {
      const end = wholeSegment ? count : matchEnd(units, position, count);
      if (!last && end + LOOKAHEAD > count) break;
      const cached = end - position <= MAX_CACHED_UNITS;
      const entry = cached ? cache.find(units, position, end) : 0;
      if (cached && entry >= 0) {
        const { entries } = cache;
        const meta = entries[entry + 2];
        if ((meta & SEVERAL) === 0) {
          ids[length] = entries[entry + 3];
          words[length] = word;
          if (withOffsets) {
            offsets[2 * length] = base + position;
            offsets[2 * length + 1] = base + end;
          }
          length++;
        } else {
          const { values } = cache;
          let value = entries[entry + 3];
          for (let left = (meta >> 8) & 0xff; left > 0; left--) {
            const place = values[value + 1];
            ids[length] = values[value];
            words[length] = word;
            if (withOffsets) {
              offsets[2 * length] = base + position + (place & 0xff);
              offsets[2 * length + 1] = base + position + ((place >> 8) & 0xff);
            }
            value += 2;
            length++;
          }
        }
      } else {
        const tokenCount = this.#model.tokenize(units, position, end);
        const { tokens } = this.#model;
        for (let i = 0; i < 4 * tokenCount; i += 4) {
          ids[length] = tokens[i];
          words[length] = word;
          if (withOffsets) {
            offsets[2 * length] = base + position + tokens[i + 1];
            offsets[2 * length + 1] = base + position + tokens[i + 2];
          }
          length++;
        }
        if (cached) cache.insert(~entry, units, position, end, tokens, tokenCount, 1);
      }
      word++;
      position = end;
    }
    out.length = length;
    out.nextWord = word;
    return position;
  }
}

/**
 * The space that was put in front shares the place of the text's first character, as the reference
 * implementation has it.
 */
function hidePrefix(text: string, from: number, out: TokenBuffer, first: number): void {
  const { offsets } = out;
  const firstCharacter = (text.codePointAt(from) as number) > 0xffff ? 2 : 1;
  for (let token = first; token < out.length; token++) {
    if ((offsets[2 * token] | 0) !== from - 1) break;
    offsets[2 * token] = from;
    if (offsets[2 * token + 1] === from) offsets[2 * token + 1] = from + firstCharacter;
  }
}
