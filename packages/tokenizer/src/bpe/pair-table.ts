const FIELDS = 4;

/**
 * Which neighbouring tokens merge, into what, and in which order: a hash table from (left id, right id) to
 * (rank, merged id), four numbers an entry so that a look-up touches one cache line.
 */
export class PairTable {
  // left, right, rank + 1 (0: free), merged
  readonly entries: Int32Array;
  /** What the pair that `rank` last found merges into. */
  merged = -1;
  readonly #mask: number;

  constructor(mergeCount: number) {
    let capacity = 16;
    while (capacity < mergeCount * 2) capacity *= 2;
    this.entries = new Int32Array(capacity * FIELDS);
    this.#mask = capacity - 1;
  }

  /** A pair given twice keeps its last rank, as in Hugging Face's loader. */
  set(left: number, right: number, rank: number, merged: number): void {
    const { entries } = this;
    let entry = (pairHash(left, right) & this.#mask) * FIELDS;
    while (entries[entry + 2] !== 0 && (entries[entry] !== left || entries[entry + 1] !== right)) {
      entry = entry + FIELDS === entries.length ? 0 : entry + FIELDS;
    }
    entries[entry] = left;
    entries[entry + 1] = right;
    entries[entry + 2] = rank + 1;
    entries[entry + 3] = merged;
  }

  /** (left id, right id), lowest rank first. */
  inOrder(): [number, number][] {
    const found: { rank: number; pair: [number, number] }[] = [];
    for (let entry = 0; entry < this.entries.length; entry += FIELDS) {
      const [left, right, rank] = this.entries.subarray(entry, entry + 3);
      if (rank !== 0) found.push({ rank, pair: [left, right] });
    }
    return found.sort((a, b) => a.rank - b.rank).map(({ pair }) => pair);
  }

  /** The pair's rank, or `NEVER`; then the token they merge into is in `merged`. */
  rank(left: number, right: number): number {
    const { entries } = this;
    let entry = (pairHash(left, right) & this.#mask) * FIELDS;
    while (entries[entry + 2] !== 0) {
      if (entries[entry] === left && entries[entry + 1] === right) {
        this.merged = entries[entry + 3];
        return entries[entry + 2] - 1;
      }
      entry = entry + FIELDS === entries.length ? 0 : entry + FIELDS;
    }
    return NEVER;
  }
}

/** The rank of a pair that does not merge. */
export const NEVER = 0x7fffffff;

function pairHash(left: number, right: number): number {
  const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}
