import { LOOKAHEAD } from '../byte-level/scanner.js';
import { WindowReader } from '../byte-level/windows.js';
import { AlignedText } from '../normalize/aligned-text.js';
import type { Normalizer } from '../normalize/normalizers.js';
import type { SegmentEncoder } from '../pipeline/segment-encoder.js';
import type { TokenBuffer } from '../pipeline/token-buffer.js';
import { MAX_CACHED_UNITS, SEVERAL, WordCache } from '../word-cache.js';
import { ALONE, type CharacterKinds, SPACE } from './character-kinds.js';
import { runEnd } from './run-end.js';
import type { WordPiece } from './word-piece.js';

/** How raw text is cut into runs that can be normalized one by one. */
export interface RunNormalization {
  normalize: Normalizer;
  rawKinds: CharacterKinds;
}

/**
 * Pre-tokenisation and WordPiece in one pass. With a normalization, raw text is cut into runs first (they cannot
 * influence each other), and the cache goes from a raw run straight to tokens: a known word is neither normalized
 * nor cut again.
 */
export class WordPieceSegmentEncoder implements SegmentEncoder {
  readonly #model: WordPiece;
  readonly #kinds: CharacterKinds;
  readonly #rawKinds: CharacterKinds;
  readonly #normalize: Normalizer | undefined;
  readonly #cache = new WordCache();
  readonly #windows = new WindowReader();
  // Tokens of the last run: id, start, end (in units of the run), word within the run.
  #tokens = new Int32Array(4 * 64);
  #words = 0;

  constructor(model: WordPiece, kinds: CharacterKinds, normalization?: RunNormalization) {
    this.#model = model;
    this.#kinds = kinds;
    this.#rawKinds = normalization?.rawKinds ?? kinds;
    this.#normalize = normalization?.normalize;
  }

  encode(text: string, from: number, to: number, out: TokenBuffer): void {
    this.#windows.read(text, from, to, false, (units, count, last, base) =>
      this.#encodeWindow(units, count, last, base, out),
    );
  }

  #encodeWindow(units: Uint16Array, count: number, last: boolean, base: number, out: TokenBuffer): number {
    const cache = this.#cache;
    // Normalization may turn a character into several, but each token takes at least a part of one.
    out.reserve(count);
    let position = 0;
    while (position < count) {
      if (this.#rawKinds.bmp[units[position]] === SPACE) {
        position++;
        continue;
      }
      const end = runEnd(this.#rawKinds, units, position, count);
      if (!last && end + LOOKAHEAD > count) break;
      const cached = end - position <= MAX_CACHED_UNITS;
      const entry = cached ? cache.find(units, position, end) : -1;
      if (entry >= 0) {
        emitCached(cache, entry, base + position, out);
      } else {
        const tokenCount = this.#tokenizeRun(units, position, end);
        this.#emit(tokenCount, base + position, out);
        if (cached) cache.insert(~entry, units, position, end, this.#tokens, tokenCount, this.#words);
      }
      position = end;
    }
    return position;
  }

  /** Normalizes a run, cuts it into words and those into `#tokens`; returns how many. */
  #tokenizeRun(units: Uint16Array, from: number, to: number): number {
    const run = AlignedText.fromUnits(units, from, to);
    this.#normalize?.(run);
    const { points } = run;
    let count = 0;
    this.#words = 0;
    for (let start = 0; start < points.length; ) {
      const kind = this.#kinds.of(points[start]);
      let end = start + 1;
      if (kind !== SPACE) {
        if (kind !== ALONE) while (end < points.length && this.#kinds.of(points[end]) === kind) end++;
        count = this.#tokenizeWord(run, start, end, count);
      }
      start = end;
    }
    return count;
  }

  #tokenizeWord(run: AlignedText, start: number, end: number, before: number): number {
    const pieceCount = this.#model.tokenize(run.points, start, end);
    const { pieces } = this.#model;
    const total = before + pieceCount;
    if (this.#tokens.length < 4 * total) {
      const larger = new Int32Array(8 * total);
      larger.set(this.#tokens);
      this.#tokens = larger;
    }
    for (let piece = 0; piece < pieceCount; piece++) {
      const at = 4 * (before + piece);
      this.#tokens[at] = pieces[4 * piece];
      this.#tokens[at + 1] = run.starts[start + pieces[4 * piece + 1]];
      this.#tokens[at + 2] = run.ends[start + pieces[4 * piece + 2] - 1];
      this.#tokens[at + 3] = this.#words;
    }
    this.#words++;
    return total;
  }

  #emit(count: number, base: number, out: TokenBuffer): void {
    for (let i = 0; i < 4 * count; i += 4) {
      const tokens = this.#tokens;
      out.push(tokens[i], base + tokens[i + 1], base + tokens[i + 2], out.nextWord + tokens[i + 3]);
    }
    out.nextWord += this.#words;
  }
}

function emitCached(cache: WordCache, entry: number, base: number, out: TokenBuffer): void {
  const { entries } = cache;
  const meta = entries[entry + 2];
  if ((meta & SEVERAL) === 0) {
    out.push(entries[entry + 3], base, base + (meta & 0xff), out.nextWord++);
    return;
  }
  const { values } = cache;
  let value = entries[entry + 3];
  for (let left = (meta >> 8) & 0xff; left > 0; left--) {
    const place = values[value + 1];
    const word = out.nextWord + (place >> 16);
    out.push(values[value], base + (place & 0xff), base + ((place >> 8) & 0xff), word);
    value += 2;
  }
  out.nextWord += (meta >> 16) & 0xff;
}
