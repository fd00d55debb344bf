const FIELDS = 4;

/**
 * Which neighbouring tokens merge, into what, and in which order: a hash table from (left id, right id) to
 * (rank, merged id), four numbers an entry so that a look-up touches one cache line.
 */
export class PairTable {
  readonly entries: Int32Array;
  readonly #mask: number;

  constructor(mergeCount: number) {
    let capacity = 16;
    while (capacity < mergeCount * 2) capacity *= 2;
    this.entries = new Int32Array(capacity * FIELDS).fill(-1);
    this.#mask = capacity - 1;
  }

  /** A pair given twice keeps its last rank, as in Hugging Face's loader. */
  set(left: number, right: number, rank: number, merged: number): void {
    let slot = pairHash(left, right) & this.#mask;
    for (; ; slot = (slot + 1) & this.#mask) {
      const entry = slot * FIELDS;
      const present = this.entries[entry];
      if (present >= 0 && (present !== left || this.entries[entry + 1] !== right)) continue;
      this.entries[entry] = left;
      this.entries[entry + 1] = right;
      this.entries[entry + 2] = rank;
      this.entries[entry + 3] = merged;
      return;
    }
  }

  /** (left id, right id), lowest rank first. */
  inOrder(): [number, number][] {
    const found: { rank: number; pair: [number, number] }[] = [];
    for (let entry = 0; entry < this.entries.length; entry += FIELDS) {
      const [left, right, rank] = this.entries.subarray(entry, entry + 3);
      if (left >= 0) found.push({ rank, pair: [left, right] });
    }
    return found.sort((a, b) => a.rank - b.rank).map(({ pair }) => pair);
  }

  /** Index of the entry's first field, or -1 when the two never merge. */
  find(left: number, right: number): number {
    const { entries } = this;
    let slot = pairHash(left, right) & this.#mask;
    for (; ; slot = (slot + 1) & this.#mask) {
      const entry = slot * FIELDS;
      const present = entries[entry];
      if (present === left && entries[entry + 1] === right) return entry;
      if (present < 0) return -1;
    }
  }
}

function pairHash(left: number, right: number): number {
  const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}
