import { classRuns, LETTER, NUMBER, WHITE_SPACE } from './classes.generated.js';

export {
  CONTROL,
  LETTER,
  MARK,
  NONSPACING_MARK,
  NUMBER,
  PUNCTUATION,
  WHITE_SPACE,
  WORD,
} from './classes.generated.js';

/** The classes that GPT-2's pattern tells apart; 0 is everything else. */
export const PATTERN_CLASS: number = LETTER | NUMBER | WHITE_SPACE;

/**
 * The classes of every code point, one byte each, a bit a class. A flat table of a megabyte (mostly untouched
 * pages) makes the scanners' inner loop one load, for ideographs and emoji as for ASCII.
 */
export const characterClasses: Uint8Array = /* @__PURE__ */ buildTable();

function buildTable(): Uint8Array {
  const table = new Uint8Array(0x110000);
  let position = 0;
  for (const run of classRuns.split(' ')) {
    const dot = run.indexOf('.');
    const length = dot === 0 ? 1 : Number.parseInt(run.slice(0, dot), 36);
    const classes = Number.parseInt(run.slice(dot + 1), 36);
    if (classes !== 0) table.fill(classes, position, position + length);
    position += length;
  }
  return table;
}
