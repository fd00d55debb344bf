/**
 * How often each word occurs, for any number of texts: an open-addressing table over the words' units, kept
 * in one growing array, so that a million different words are a few arrays and not a million objects.
 */
export class WordCounter {
  /** Number of different words. */
  size = 0;
  /** Occurrences of each word, in order of first sight. */
  counts: Float64Array = new Float64Array(1024);
  /** Word i is `units[starts[i], starts[i + 1])`. */
  starts: Uint32Array = new Uint32Array(1025);
  units: Uint16Array = new Uint16Array(8192);

  #hashes = new Int32Array(1024);
  // Word index + 1; 0 is free.
  #slots = new Int32Array(4096);

  /** Counts the word `from[start, end)` once more, or `times` more. */
  add(from: Uint16Array, start: number, end: number, times: number = 1): void {
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ from[i], 0x01000193);
    hash ^= hash >>> 15;
    const length = end - start;
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const word = this.#slots[slot] - 1;
      if (this.#hashes[word] !== hash) continue;
      const key = this.starts[word];
      if (this.starts[word + 1] - key !== length) continue;
      let i = 0;
      while (i < length && this.units[key + i] === from[start + i]) i++;
      if (i === length) {
        this.counts[word] += times;
        return;
      }
    }
    this.#insert(slot, hash, from, start, end, times);
  }

  #insert(slot: number, hash: number, from: Uint16Array, start: number, end: number, times: number): void {
    const word = this.size++;
    if (word === this.counts.length) {
      this.counts = enlarged(this.counts, new Float64Array(2 * word));
      this.starts = enlarged(this.starts, new Uint32Array(2 * word + 1));
      this.#hashes = enlarged(this.#hashes, new Int32Array(2 * word));
    }
    const key = this.starts[word];
    const needed = key + end - start;
    if (needed > this.units.length) {
      this.units = enlarged(this.units, new Uint16Array(Math.max(needed, 2 * this.units.length)));
    }
    this.units.set(from.subarray(start, end), key);
    this.starts[word + 1] = needed;
    this.counts[word] = times;
    this.#hashes[word] = hash;
    this.#slots[slot] = word + 1;
    if (2 * this.size >= this.#slots.length) this.#rehash();
  }

  #rehash(): void {
    this.#slots = new Int32Array(2 * this.#slots.length);
    const mask = this.#slots.length - 1;
    for (let word = 0; word < this.size; word++) {
      let slot = this.#hashes[word] & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = word + 1;
    }
  }
}

function enlarged<T extends Float64Array | Uint32Array | Int32Array | Uint16Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
