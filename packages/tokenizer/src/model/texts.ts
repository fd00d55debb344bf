import { hashUnits } from './hash.js';

/**
 * Many short texts in one array of UTF-16 units: a vocabulary of fifty thousand tokens and as many merges is held
 * without a string for each.
 */
export interface Texts {
  readonly count: number;
  /** Text i is `units[starts[i], starts[i + 1])`. */
  readonly units: Uint16Array;
  readonly starts: Int32Array;
  /** By text, as `hashUnits` has it. */
  readonly hashes: Int32Array;
}

/** The texts of strings. */
export function textsOf(strings: readonly string[]): Texts {
  const count = strings.length;
  const units = new Uint16Array(strings.reduce((sum, text) => sum + text.length, 0));
  const starts = new Int32Array(count + 1);
  const hashes = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const text = strings[i];
    for (let k = 0; k < text.length; k++) units[starts[i] + k] = text.charCodeAt(k);
    starts[i + 1] = starts[i] + text.length;
    hashes[i] = hashUnits(units, starts[i], starts[i + 1]);
  }
  return { count, units, starts, hashes };
}

/** Whether text i of one list is text k of another. */
export function sameText(a: Texts, i: number, b: Texts, k: number): boolean {
  return spells(a, i, b.units, b.starts[k], b.starts[k + 1]);
}

/** Whether text i is units `[start, end)`. */
export function spells(
  { units: known, starts }: Texts,
  i: number,
  units: Uint16Array,
  start: number,
  end: number,
): boolean {
  const shift = starts[i] - start;
  if (starts[i + 1] !== end + shift) return false;
  let at = start;
  while (at < end && known[at + shift] === units[at]) at++;
  return at === end;
}

export function textAt({ units, starts }: Texts, i: number): string {
  const end = starts[i + 1];
  let text = '';
  for (let from = starts[i]; from < end; from += PIECE) {
    text += String.fromCharCode(...units.subarray(from, Math.min(end, from + PIECE)));
  }
  return text;
}

/** A call takes only so many arguments. */
const PIECE = 4096;
