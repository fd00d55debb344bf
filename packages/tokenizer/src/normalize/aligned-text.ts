import { codePointAt } from '../byte-level/utf8.js';

/**
 * A text on its way through normalization: code points, each with the stretch of the original text that it came
 * from, in UTF-16 units.
 *
 * Where characters are put in, taken out or change places, the alignment follows the reference implementation's
 * rule: what replaces a character takes its place, what is added takes the place of the character before, and
 * what is removed leaves its place to nobody.
 */
export class AlignedText {
  points: number[];
  starts: number[];
  ends: number[];

  constructor(points: number[], starts: number[], ends: number[]) {
    this.points = points;
    this.starts = starts;
    this.ends = ends;
  }

  /** `text[from, to)`; a lone surrogate reads as U+FFFD. */
  static fromText(text: string, from: number, to: number): AlignedText {
    const aligned = new AlignedText([], [], []);
    for (let i = from; i < to; ) {
      let point = text.codePointAt(i) as number;
      // A pair may not reach past the end.
      if (point > 0xffff && i + 1 === to) point = text.charCodeAt(i);
      const length = point > 0xffff ? 2 : 1;
      aligned.push((point & 0xfffff800) === 0xd800 ? 0xfffd : point, i, i + length);
      i += length;
    }
    return aligned;
  }

  /** `units[from, to)`, places counted from `from`. */
  static fromUnits(units: Uint16Array, from: number, to: number): AlignedText {
    const aligned = new AlignedText([], [], []);
    for (let i = from; i < to; ) {
      const point = codePointAt(units, i, to);
      const next = i + (point > 0xffff ? 2 : 1);
      aligned.push(point, i - from, next - from);
      i = next;
    }
    return aligned;
  }

  get length(): number {
    return this.points.length;
  }

  push(point: number, start: number, end: number): void {
    this.points.push(point);
    this.starts.push(start);
    this.ends.push(end);
  }

  filter(keep: (point: number) => boolean): void {
    let kept = 0;
    for (let i = 0; i < this.points.length; i++) {
      if (!keep(this.points[i])) continue;
      this.points[kept] = this.points[i];
      this.starts[kept] = this.starts[i];
      this.ends[kept++] = this.ends[i];
    }
    this.points.length = kept;
    this.starts.length = kept;
    this.ends.length = kept;
  }

  map(change: (point: number) => number): void {
    for (let i = 0; i < this.points.length; i++) this.points[i] = change(this.points[i]);
  }

  /** Replaces each character by the ones that `expand` gives, or leaves it where that is undefined. */
  expand(expand: (point: number) => readonly number[] | undefined): void {
    const result = new AlignedText([], [], []);
    for (let i = 0; i < this.points.length; i++) {
      const replacement = expand(this.points[i]);
      if (replacement === undefined) result.push(this.points[i], this.starts[i], this.ends[i]);
      else for (const point of replacement) result.push(point, this.starts[i], this.ends[i]);
    }
    this.#become(result);
  }

  /**
   * Replaces everything by `points`; `changes` says for each: 0, it replaces the next character; 1 or more, it is
   * put in; -n, it replaces the next character and n more after it go.
   */
  transform(points: readonly number[], changes: readonly number[]): void {
    const result = new AlignedText([], [], []);
    let cursor = 0;
    for (let i = 0; i < points.length; i++) {
      const source = Math.min(changes[i] > 0 ? cursor - 1 : cursor, this.length - 1);
      if (source < 0) result.push(points[i], this.starts[0], this.starts[0]);
      else result.push(points[i], this.starts[source], this.ends[source]);
      if (changes[i] <= 0) cursor += 1 - changes[i];
    }
    this.#become(result);
  }

  toString(): string {
    let text = '';
    // In pieces: a call takes only so many arguments.
    for (let i = 0; i < this.points.length; i += 4096) {
      text += String.fromCodePoint(...this.points.slice(i, i + 4096));
    }
    return text;
  }

  #become(other: AlignedText): void {
    this.points = other.points;
    this.starts = other.starts;
    this.ends = other.ends;
  }
}
