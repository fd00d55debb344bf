import { spread } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';

/** Which neighbouring tokens merge, into what, and in which order. */
export class PairTable {
  /** What the pair that `rank` last found merges into. */
  merged = -1;
  // By rank: left and right id; what they make.
  readonly #pairs: Int32Array;
  readonly #made: Int32Array;
  readonly #table: HashTable;

  /**
   * The pair of rank r is `pairs[2 * r]`, `pairs[2 * r + 1]`, and merges into `made[r]`. A pair given twice keeps its
   * last rank, as in Hugging Face's loader.
   */
  constructor(pairs: Int32Array, made: Int32Array) {
    const hashes = new Int32Array(made.length);
    for (let rank = 0; rank < made.length; rank++) {
      hashes[rank] = pairHash(pairs[2 * rank], pairs[2 * rank + 1]);
    }
    this.#pairs = pairs;
    this.#made = made;
    this.#table = new HashTable(
      made.length,
      hashes,
      (a, b) => pairs[2 * a] === pairs[2 * b] && pairs[2 * a + 1] === pairs[2 * b + 1],
    );
  }

  /** (left id, right id), lowest rank first. */
  inOrder(): [number, number][] {
    const { slots } = this.#table;
    const mask = slots.length - 1;
    const ranks = slots.filter((entry) => entry !== 0).map((entry) => (entry & mask) - 1);
    return Array.from(ranks.sort(), (rank) => [this.#pairs[2 * rank], this.#pairs[2 * rank + 1]]);
  }

  /** The pair's rank, or `NEVER`; then the token they merge into is in `merged`. */
  rank(left: number, right: number): number {
    const { slots, bits } = this.#table;
    const mask = slots.length - 1;
    const hash = pairHash(left, right);
    let slot = hash >>> (32 - bits);
    for (let entry = slots[slot]; entry !== 0; entry = slots[slot]) {
      if ((entry ^ (hash << bits)) >>> bits === 0) {
        const rank = (entry & mask) - 1;
        if (this.#pairs[2 * rank] === left && this.#pairs[2 * rank + 1] === right) {
          this.merged = this.#made[rank];
          return rank;
        }
      }
      slot = (slot + 1) & mask;
    }
    return NEVER;
  }
}

/** The rank of a pair that does not merge. */
export const NEVER = 0x7fffffff;

function pairHash(left: number, right: number): number {
  return spread(spread(left) + right);
}
