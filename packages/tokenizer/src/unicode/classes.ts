import * as runs from './classes.generated.js';

/** Bits of {@link characterClasses}; the Unicode version behind each stands in the generated file. */
export const LETTER = 1;
export const NUMBER = 2;
export const WHITE_SPACE = 4;
/** A character of a word, for added tokens that must stand alone. */
export const WORD = 8;
export const PUNCTUATION = 16;
export const CONTROL = 32;
/** A nonspacing mark, as BERT's accent stripping sees them. */
export const NONSPACING_MARK = 64;
/** Any combining mark, as the `StripAccents` normalizer sees them. */
export const MARK = 128;

/** The four classes that GPT-2's pattern tells apart; 0 is everything else. */
export const PATTERN_CLASS = LETTER | NUMBER | WHITE_SPACE;

/**
 * The classes of every code point, one byte each. A flat table of a megabyte (mostly untouched pages) makes
 * the scanners' inner loop one load, for ideographs and emoji as for ASCII.
 */
export const characterClasses: Uint8Array = /* @__PURE__ */ buildTable();

function buildTable(): Uint8Array {
  const table = new Uint8Array(0x110000);
  mark(table, runs.letter, LETTER);
  mark(table, runs.number, NUMBER);
  mark(table, runs.whiteSpace, WHITE_SPACE);
  mark(table, runs.word, WORD);
  mark(table, runs.punctuation, PUNCTUATION);
  mark(table, runs.control, CONTROL);
  mark(table, runs.nonspacingMark, NONSPACING_MARK);
  mark(table, runs.mark, MARK);
  return table;
}

function mark(table: Uint8Array, text: string, bit: number): void {
  let position = 0;
  let inside = false;
  for (const length of text.split(' ')) {
    const end = position + Number.parseInt(length, 36);
    if (inside) for (; position < end; position++) table[position] |= bit;
    position = end;
    inside = !inside;
  }
}
