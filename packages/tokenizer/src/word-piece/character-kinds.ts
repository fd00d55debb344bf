import { isCleanedAway, isIdeograph, isWhiteSpace } from '../normalize/normalizers.js';
import { characterClasses, PUNCTUATION, WORD } from '../unicode/classes.js';

/** What a character is to a pre-tokenizer that cuts at white space and perhaps at punctuation. */
export const SPACE = 0;
/** A word of its own. */
export const ALONE = 1;
/** A word is a run of characters of one of these two kinds. */
export const INNER = 2;
export const SYMBOL = 3;

/** The kind of every code point: a table for the BMP, the rule itself beyond. */
export class CharacterKinds {
  readonly bmp = new Uint8Array(0x10000);
  readonly rule: (point: number) => number;

  constructor(rule: (point: number) => number) {
    this.rule = rule;
    for (let point = 0; point < 0x10000; point++) this.bmp[point] = rule(point);
  }

  of(point: number): number {
    return point < 0x10000 ? this.bmp[point] : this.rule(point);
  }
}

/** BERT's own: every punctuation mark is a word. */
export const bertKinds = (point: number): number =>
  isWhiteSpace(point) ? SPACE : isBertPunctuation(point) ? ALONE : INNER;

/** Words are what stands between white space. */
export const whiteSpaceSplitKinds = (point: number): number => (isWhiteSpace(point) ? SPACE : INNER);

/** `\w+|[^\w\s]+` */
export const whiteSpaceKinds = (point: number): number =>
  isWhiteSpace(point) ? SPACE : (characterClasses[point] & WORD) !== 0 ? INNER : SYMBOL;

/**
 * Where a raw text may be cut before BERT's normalization with the same result: at white space, and around
 * punctuation and ideographs. What normalization takes out belongs to the word around it.
 */
export function rawBertKinds(options: { cleanText: boolean; separateIdeographs: boolean }) {
  return (point: number): number => {
    if (options.cleanText && isCleanedAway(point)) return INNER;
    return options.separateIdeographs && isIdeograph(point) ? ALONE : bertKinds(point);
  };
}

function isBertPunctuation(point: number): boolean {
  if (point < 0x80) {
    return (
      (point >= 0x21 && point <= 0x2f) ||
      (point >= 0x3a && point <= 0x40) ||
      (point >= 0x5b && point <= 0x60) ||
      (point >= 0x7b && point <= 0x7e)
    );
  }
  return (characterClasses[point] & PUNCTUATION) !== 0;
}
