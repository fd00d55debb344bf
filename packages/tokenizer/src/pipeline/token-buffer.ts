/**
 * Where tokens are collected before an encoding is cut to size: parallel growable arrays, one buffer reused
 * over many texts.
 */
export class TokenBuffer {
  ids: Uint32Array = new Uint32Array(256);
  /** Index of the word a token belongs to. */
  words: Int32Array = new Int32Array(256);
  /** Start and end of each token in UTF-16 units of the text; kept up only when `withOffsets`. */
  offsets: Uint32Array = new Uint32Array(0);
  withOffsets = false;
  length = 0;
  /** Index that the next word gets. */
  nextWord = 0;

  start(withOffsets: boolean): void {
    this.length = 0;
    this.nextWord = 0;
    this.withOffsets = withOffsets;
    if (withOffsets && this.offsets.length < 2 * this.ids.length) {
      this.offsets = new Uint32Array(2 * this.ids.length);
    }
  }

  /** Makes room for `count` more tokens; the arrays may be replaced. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.ids.length) return;
    const capacity = Math.max(needed, 2 * this.ids.length);
    this.ids = copied(this.ids, new Uint32Array(capacity), this.length);
    this.words = copied(this.words, new Int32Array(capacity), this.length);
    if (this.withOffsets) {
      this.offsets = copied(this.offsets, new Uint32Array(2 * capacity), 2 * this.length);
    }
  }

  push(id: number, start: number, end: number, word: number): void {
    this.reserve(1);
    const at = this.length++;
    this.ids[at] = id;
    this.words[at] = word;
    if (this.withOffsets) {
      this.offsets[2 * at] = start;
      this.offsets[2 * at + 1] = end;
    }
  }
}

function copied<T extends Uint32Array | Int32Array>(from: T, to: T, length: number): T {
  to.set(from.subarray(0, length));
  return to;
}
