import { TokenizerError } from '../errors.js';
import { pairHash } from '../model/hash.js';
import { type HashTable, hashTable, pairHashes } from '../model/hash-table.js';
import { sameText } from '../model/texts.js';
import type { Vocabulary } from '../model/vocabulary.js';
import type { Merges } from './merges.js';

/** The rank of a pair that does not merge. */
export const NEVER = 0x7fffffff;

const UNKNOWN = -1;

/**
 * Which neighbouring tokens merge, into what, and in which order. Merges are found by the texts of their two parts and
 * get ids when they are first applied: looking all texts of fifty thousand merges up would take longer than anything
 * else in loading, and most are never needed. A merge whose parts are no tokens never applies.
 */
export class PairTable {
  /** What the pair that `rank` last found merges into. */
  merged = UNKNOWN;
  readonly #vocabulary: Vocabulary;
  readonly #merges: Merges;
  // By rank: left and right id, and what they make, as far as known.
  readonly #pairs: Int32Array;
  readonly #made: Int32Array;
  // By id: the hash of a token's text.
  readonly #hashes: Int32Array;
  readonly #table: HashTable;

  /** A pair given twice keeps its last rank, as in Hugging Face's loader. */
  constructor(merges: Merges, vocabulary: Vocabulary) {
    const { count, parts } = merges;
    this.#vocabulary = vocabulary;
    this.#hashes = vocabulary.hashes;
    this.#merges = merges;
    this.#made = new Int32Array(count).fill(UNKNOWN);
    // Of several texts with one id only one is found by its id: then ids have to be looked up at once.
    this.#pairs = vocabulary.hasSharedIds ? vocabulary.idsOf(parts) : new Int32Array(2 * count).fill(UNKNOWN);
    this.#table = vocabulary.hasSharedIds ? this.#indexById() : merges.index;
  }

  /** Ranks of the pairs that may merge, lowest first. */
  ranks(): Int32Array {
    const { slots } = this.#table;
    const mask = slots.length - 1;
    return slots
      .filter((entry) => entry !== 0)
      .map((entry) => (entry & mask) - 1)
      .sort();
  }

  /**
   * The pair's rank, or `NEVER`; then the token they merge into is in `merged`. Throws `INVALID_TOKENIZER` when that is
   * not in the vocabulary.
   */
  rank(left: number, right: number): number {
    const { slots, bits } = this.#table;
    const mask = slots.length - 1;
    const hashes = this.#hashes;
    const hash = pairHash(hashes[left], hashes[right]);
    let slot = hash >>> (32 - bits);
    for (let entry = slots[slot]; entry !== 0; entry = slots[slot]) {
      if ((entry ^ (hash << bits)) >>> bits === 0) {
        const rank = (entry & mask) - 1;
        if (this.#joins(rank, left, right)) {
          this.merged = this.#made[rank];
          return rank;
        }
      }
      slot = (slot + 1) & mask;
    }
    return NEVER;
  }

  /** Whether the merge of this rank is of these two tokens; then it is known what it makes. */
  #joins(rank: number, left: number, right: number): boolean {
    const pairs = this.#pairs;
    if (pairs[2 * rank] !== left || pairs[2 * rank + 1] !== right) {
      const vocabulary = this.#vocabulary;
      const { parts } = this.#merges;
      if (vocabulary.hasSharedIds) return false;
      if (!vocabulary.isText(left, parts, 2 * rank) || !vocabulary.isText(right, parts, 2 * rank + 1))
        return false;
      pairs[2 * rank] = left;
      pairs[2 * rank + 1] = right;
    }
    if (this.#made[rank] === UNKNOWN) this.#made[rank] = this.#make(rank);
    return true;
  }

  #make(rank: number): number {
    const { units, starts } = this.#merges.parts;
    const id = this.#vocabulary.idAt(units, starts[2 * rank], starts[2 * rank + 2]);
    if (id >= 0) return id;
    throw new TokenizerError(
      'INVALID_TOKENIZER',
      `Merge ${rank}, ${JSON.stringify(this.#merges.pair(rank))}: what it makes is not in the vocabulary.`,
    );
  }

  /** The merges' index, but with the hash that the vocabulary has for a part's id where its text has another. */
  #indexById(): HashTable {
    const hashes = this.#merges.parts.hashes.map((hash, i) =>
      this.#pairs[i] < 0 ? hash : this.#hashes[this.#pairs[i]],
    );
    return hashTable(pairHashes(hashes), (a, b) => this.#isSamePair(a, b));
  }

  #isSamePair(a: number, b: number): boolean {
    const pairs = this.#pairs;
    if (pairs[2 * a] >= 0 && pairs[2 * a + 1] >= 0) {
      return pairs[2 * a] === pairs[2 * b] && pairs[2 * a + 1] === pairs[2 * b + 1];
    }
    const { parts } = this.#merges;
    return sameText(parts, 2 * a, parts, 2 * b) && sameText(parts, 2 * a + 1, parts, 2 * b + 1);
  }
}
