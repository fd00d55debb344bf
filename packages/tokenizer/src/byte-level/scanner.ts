import { characterClasses, LETTER, NUMBER, PATTERN_CLASS, WHITE_SPACE } from '../unicode/classes.js';

/**
 * GPT-2's pattern
 *
 *     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *
 * written out: returns where the match that begins at `position` ends. Every unit belongs to some match, so
 * that calling this again from the returned position walks the whole text. `end` counts as the end of the text.
 */
export function matchEnd(units: Uint16Array, position: number, end: number): number {
  const first = units[position];
  if (first === 0x27) {
    const length = contractionLength(units, position, end);
    if (length > 0) return position + length;
  }
  let start = position;
  let kind = classAt(units, start, end);
  if (kind === WHITE_SPACE) {
    // ` ?` lets one plain space lead a run of anything but white space.
    if (first !== 0x20 || start + 1 >= end) return whiteSpaceEnd(units, position, end);
    start++;
    kind = classAt(units, start, end);
    if (kind === WHITE_SPACE) return whiteSpaceEnd(units, position, end);
  }
  return runEnd(units, start, end, kind);
}

/** How far past a match the scanner may look: two units of a contraction, or the second half of a character. */
export const LOOKAHEAD = 3;

function runEnd(units: Uint16Array, start: number, end: number, kind: number): number {
  let position = start;
  while (position < end) {
    const unit = units[position];
    if ((unit & 0xf800) !== 0xd800) {
      if ((characterClasses[unit] & PATTERN_CLASS) !== kind) return position;
      position++;
    } else {
      if (classAt(units, position, end) !== kind) return position;
      position += isPair(units, position, end) ? 2 : 1;
    }
  }
  return position;
}

/** `\s+(?!\S)` gives the last space back to the word that follows; `\s+` takes a lone one. White space is in the BMP. */
function whiteSpaceEnd(units: Uint16Array, start: number, end: number): number {
  let position = start + 1;
  while (position < end && (characterClasses[units[position]] & WHITE_SPACE) !== 0) position++;
  return position === end || position === start + 1 ? position : position - 1;
}

function contractionLength(units: Uint16Array, position: number, end: number): number {
  const second = position + 1 < end ? units[position + 1] : 0;
  if (second === 0x73 || second === 0x74 || second === 0x6d || second === 0x64) return 2; // s t m d
  const third = position + 2 < end ? units[position + 2] : 0;
  const pair = (second << 8) | third;
  return pair === 0x7265 || pair === 0x7665 || pair === 0x6c6c ? 3 : 0; // re ve ll
}

function classAt(units: Uint16Array, position: number, end: number): number {
  const unit = units[position];
  if (isPair(units, position, end)) {
    const point = 0x10000 + ((unit - 0xd800) << 10) + (units[position + 1] - 0xdc00);
    return characterClasses[point] & (LETTER | NUMBER);
  }
  // A lone surrogate is read as U+FFFD, a symbol; the table says the same of surrogates.
  return characterClasses[unit] & PATTERN_CLASS;
}

function isPair(units: Uint16Array, position: number, end: number): boolean {
  return (
    (units[position] & 0xfc00) === 0xd800 && position + 1 < end && (units[position + 1] & 0xfc00) === 0xdc00
  );
}
