import { CONTROL, characterClasses, MARK, NONSPACING_MARK, WHITE_SPACE } from '../unicode/classes.js';
import type { AlignedText } from './aligned-text.js';
import { compose, decompose } from './unicode-forms.js';

/** Changes a text before it is cut into words. */
export type Normalizer = (text: AlignedText) => void;

export const nfd: Normalizer = (text) => decompose(text, 'NFD');
export const nfkd: Normalizer = (text) => decompose(text, 'NFKD');
export const nfc: Normalizer = (text) => compose(text, 'NFD');
export const nfkc: Normalizer = (text) => compose(text, 'NFKD');

/** Character by character: a capital sigma becomes σ at a word's end too, as in the reference implementation. */
export const lowercase: Normalizer = (text) => text.expand(lowercased);

export const stripAccents: Normalizer = (text) =>
  text.filter((point) => (characterClasses[point] & MARK) === 0);

export function inSequence(normalizers: readonly Normalizer[]): Normalizer {
  return (text) => {
    for (const normalize of normalizers) normalize(text);
  };
}

export interface BertNormalizerOptions {
  /** Take out control characters, and turn every white space into a space. */
  cleanText: boolean;
  /** Put spaces around ideographs. */
  separateIdeographs: boolean;
  stripAccents: boolean;
  lowercase: boolean;
}

/** What BERT does to a text first. */
export function bertNormalizer(options: BertNormalizerOptions): Normalizer {
  return (text) => {
    if (options.cleanText) {
      text.filter((point) => !isCleanedAway(point));
      text.map((point) => (isWhiteSpace(point) ? 0x20 : point));
    }
    if (options.separateIdeographs) {
      text.expand((point) => (isIdeograph(point) ? [0x20, point, 0x20] : undefined));
    }
    if (options.stripAccents) {
      decompose(text, 'NFD');
      text.filter((point) => (characterClasses[point] & NONSPACING_MARK) === 0);
    }
    if (options.lowercase) lowercase(text);
  };
}

/** NUL is a control character too. */
export function isCleanedAway(point: number): boolean {
  if (point === 0x09 || point === 0x0a || point === 0x0d) return false;
  return point === 0xfffd || (characterClasses[point] & CONTROL) !== 0;
}

export function isWhiteSpace(point: number): boolean {
  return (characterClasses[point] & WHITE_SPACE) !== 0;
}

/**
 * The blocks that BERT treats as Chinese. The reference implementation begins extension E at U+2B920 where BERT
 * has U+2B820; models meet the former, so it stands here.
 */
export function isIdeograph(point: number): boolean {
  return (
    point >= 0x3400 &&
    ((point >= 0x4e00 && point <= 0x9fff) ||
      point <= 0x4dbf ||
      (point >= 0xf900 && point <= 0xfaff) ||
      (point >= 0x20000 && point <= 0x2a6df) ||
      (point >= 0x2a700 && point <= 0x2b73f) ||
      (point >= 0x2b740 && point <= 0x2b81f) ||
      (point >= 0x2b920 && point <= 0x2ceaf) ||
      (point >= 0x2f800 && point <= 0x2fa1f))
  );
}

const lowercaseMemo = new Map<number, readonly number[] | undefined>();

function lowercased(point: number): readonly number[] | undefined {
  if (point < 0x80) return point >= 0x41 && point <= 0x5a ? asciiLowercase[point - 0x41] : undefined;
  let result = lowercaseMemo.get(point);
  if (result === undefined && !lowercaseMemo.has(point)) {
    const text = String.fromCodePoint(point);
    const lower = text.toLowerCase();
    result =
      lower === text ? undefined : Array.from(lower, (character) => character.codePointAt(0) as number);
    lowercaseMemo.set(point, result);
  }
  return result;
}

const asciiLowercase = Array.from({ length: 26 }, (_, i) => [0x61 + i]);
