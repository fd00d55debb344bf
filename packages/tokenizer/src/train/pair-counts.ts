const FIELDS = 3;

/** How often each pair of neighbouring tokens occurs: (left, right) to an index, and a count an index. */
export class PairCounts {
  left: Int32Array = new Int32Array(4096);
  right: Int32Array = new Int32Array(4096);
  /** Weighted by how often each word occurs. */
  counts: Float64Array = new Float64Array(4096);
  /** During a merge: first of the words where the pair newly arose, -1 when there is none. */
  fresh: Int32Array = new Int32Array(4096).fill(-1);
  size = 0;
  // left, right, index + 1 (0: free), together for one cache line.
  #table = new Int32Array(16384 * FIELDS);
  #capacity = 16384;

  /** The pair's index; a new pair starts with a count of 0. */
  indexOf(left: number, right: number): number {
    const table = this.#table;
    const mask = this.#capacity - 1;
    for (let slot = hashOf(left, right) & mask; ; slot = (slot + 1) & mask) {
      const entry = slot * FIELDS;
      if (table[entry + 2] === 0) return this.#insert(entry, left, right);
      if (table[entry] === left && table[entry + 1] === right) return table[entry + 2] - 1;
    }
  }

  #insert(entry: number, left: number, right: number): number {
    const index = this.size++;
    if (index === this.left.length) {
      this.left = enlarged(this.left, new Int32Array(2 * index));
      this.right = enlarged(this.right, new Int32Array(2 * index));
      this.counts = enlarged(this.counts, new Float64Array(2 * index));
      this.fresh = enlarged(this.fresh, new Int32Array(2 * index).fill(-1));
    }
    this.left[index] = left;
    this.right[index] = right;
    this.#table[entry] = left;
    this.#table[entry + 1] = right;
    this.#table[entry + 2] = index + 1;
    if (2 * this.size >= this.#capacity) this.#rehash();
    return index;
  }

  #rehash(): void {
    this.#capacity *= 2;
    const table = new Int32Array(this.#capacity * FIELDS);
    const mask = this.#capacity - 1;
    for (let index = 0; index < this.size; index++) {
      let slot = hashOf(this.left[index], this.right[index]) & mask;
      while (table[slot * FIELDS + 2] !== 0) slot = (slot + 1) & mask;
      table[slot * FIELDS] = this.left[index];
      table[slot * FIELDS + 1] = this.right[index];
      table[slot * FIELDS + 2] = index + 1;
    }
    this.#table = table;
  }
}

function hashOf(left: number, right: number): number {
  const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}

function enlarged<T extends Int32Array | Float64Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
