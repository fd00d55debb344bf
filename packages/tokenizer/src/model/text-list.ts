import { hashUnits } from './hash.js';

/** Many short texts in one array of UTF-16 units. */
export interface Texts {
  readonly count: number;
  /** Text i is `units[starts[i], starts[i + 1])`. */
  readonly units: Uint16Array;
  readonly starts: Int32Array;
  /** By text, as `hashUnits` has it. */
  readonly hashes: Int32Array;
}

/**
 * Texts written one after another: a vocabulary of fifty thousand tokens and as many merges is read without a string
 * for each.
 */
export class TextList implements Texts {
  count = 0;
  units: Uint16Array;
  starts: Int32Array;
  hashes: Int32Array;

  /** With room for so many texts, and units of all of them; room that is never written to costs nothing. */
  constructor(texts: number, units: number) {
    this.units = new Uint16Array(units);
    this.starts = new Int32Array(texts + 1);
    this.hashes = new Int32Array(texts);
  }

  static from(texts: readonly string[]): TextList {
    const list = new TextList(
      texts.length,
      texts.reduce((sum, text) => sum + text.length, 0),
    );
    for (const text of texts) list.#add(text);
    return list;
  }

  /** Gives back the room that no text took. */
  trim(): void {
    this.units = this.units.slice(0, this.starts[this.count]);
    this.starts = this.starts.slice(0, this.count + 1);
    this.hashes = this.hashes.slice(0, this.count);
  }

  #add(text: string): void {
    const { units, starts, count } = this;
    for (let i = 0; i < text.length; i++) units[starts[count] + i] = text.charCodeAt(i);
    starts[count + 1] = starts[count] + text.length;
    this.hashes[count] = hashUnits(units, starts[count], starts[count + 1]);
    this.count++;
  }
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
