import type { PairCounts } from './pair-counts.js';

/**
 * Pairs waiting to be merged: highest count first; among equals the smaller left id, then the smaller right id.
 *
 * An entry keeps the count it was queued with and its own list of words, and one pair may have several entries.
 * Counts that have fallen since are put right when the entry comes up. All of this is visible in the result,
 * for it decides between near ties, and it is what Hugging Face's trainer does.
 */
export class MergeQueue {
  readonly #pairs: PairCounts;
  // Entries by number; `#heap` holds entry numbers.
  #pair = new Int32Array(1024);
  #count = new Float64Array(1024);
  #words = new Int32Array(1024);
  #heap = new Int32Array(1024);
  #entries = 0;
  #free: number[] = [];
  size = 0;

  constructor(pairs: PairCounts) {
    this.#pairs = pairs;
  }

  /** `words` is the head of a list of words that hold the pair. */
  push(pair: number, count: number, words: number): void {
    const entry = this.#free.pop() ?? this.#entries++;
    if (entry === this.#pair.length) this.#grow();
    this.#pair[entry] = pair;
    this.#count[entry] = count;
    this.#words[entry] = words;
    this.#siftUp(this.size++, entry);
  }

  get topPair(): number {
    return this.#pair[this.#heap[0]];
  }

  get topCount(): number {
    return this.#count[this.#heap[0]];
  }

  get topWords(): number {
    return this.#words[this.#heap[0]];
  }

  /** Gives the top entry another count and its new place. */
  recountTop(count: number): void {
    this.#count[this.#heap[0]] = count;
    this.#siftDown(this.#heap[0]);
  }

  pop(): void {
    this.#free.push(this.#heap[0]);
    this.size--;
    if (this.size > 0) this.#siftDown(this.#heap[this.size]);
  }

  #before(a: number, b: number): boolean {
    const difference = this.#count[a] - this.#count[b];
    if (difference !== 0) return difference > 0;
    const { left, right } = this.#pairs;
    const p = this.#pair[a];
    const q = this.#pair[b];
    return left[p] !== left[q] ? left[p] < left[q] : right[p] < right[q];
  }

  #siftUp(place: number, entry: number): void {
    let hole = place;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!this.#before(entry, this.#heap[parent])) break;
      this.#heap[hole] = this.#heap[parent];
      hole = parent;
    }
    this.#heap[hole] = entry;
  }

  /** Sinks `entry` from the top. */
  #siftDown(entry: number): void {
    let hole = 0;
    for (let child = 1; child < this.size; child = 2 * hole + 1) {
      if (child + 1 < this.size && this.#before(this.#heap[child + 1], this.#heap[child])) child++;
      if (!this.#before(this.#heap[child], entry)) break;
      this.#heap[hole] = this.#heap[child];
      hole = child;
    }
    this.#heap[hole] = entry;
  }

  #grow(): void {
    const capacity = 2 * this.#pair.length;
    this.#pair = enlarged(this.#pair, new Int32Array(capacity));
    this.#count = enlarged(this.#count, new Float64Array(capacity));
    this.#words = enlarged(this.#words, new Int32Array(capacity));
    this.#heap = enlarged(this.#heap, new Int32Array(capacity));
  }
}

function enlarged<T extends Int32Array | Float64Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
