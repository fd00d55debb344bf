import { LookupFfnError, type Random } from '@lookupffn/core';
import type { MaskVocabulary } from './sequences.js';

/**
 * Share of a sequence's tokens that are predicted, and what stands in their place (Devlin et al., arXiv 1810.04805).
 * Models are measured at this share, whatever they were trained at.
 */
export const usualMlmProbability = 0.15;
const asMask = 0.8;
const asRandom = 0.9;

/** Tokens predicted of a sequence of `length`: 77 of 512 at the usual share. */
export function maskedCount(length: number, mlmProbability = usualMlmProbability): number {
  return Math.round(mlmProbability * length);
}

/** Chooses and replaces the tokens that a masked language model has to predict. */
export class Masker {
  readonly #maskTokenId: number;
  readonly #special: Uint8Array;
  /** Ids that may be put in as a random word. */
  readonly #words: Int32Array;
  readonly #mlmProbability: number;

  /** Throws `INVALID_ARGUMENT` for a vocabulary of special tokens only, or whose mask token is outside it. */
  constructor(
    { size, maskTokenId, specialTokenIds }: MaskVocabulary,
    mlmProbability: number = usualMlmProbability,
  ) {
    this.#mlmProbability = mlmProbability;
    this.#maskTokenId = maskTokenId;
    this.#special = new Uint8Array(size);
    for (const id of specialTokenIds) this.#special[id] = 1;
    this.#words = Int32Array.from({ length: size }, (_, id) => id).filter((id) => !this.#special[id]);
    if (this.#words.length === 0 || !(maskTokenId >= 0 && maskTokenId < size)) {
      throw new LookupFfnError(
        'INVALID_ARGUMENT',
        `A vocabulary of ${size} ids, ${this.#words.length} of them words, with mask token ${maskTokenId} cannot be masked.`,
      );
    }
  }

  /**
   * Masks the sequence at `ids[start, start + length)`: exactly `maskedCount(length)` of its tokens that are not special
   * (all of them when there are fewer), each set of that size equally likely; 80% become the mask token, 10% a random
   * word, 10% stay. Writes their places in `ids`, rising, and their true ids to `rows` and `targets` from `at` on, and
   * returns how many there are.
   */
  mask(
    ids: Int32Array,
    start: number,
    length: number,
    random: Random,
    rows: Int32Array,
    targets: Int32Array,
    at: number,
  ): number {
    let candidates = 0;
    for (let i = start; i < start + length; i++) if (!this.#special[ids[i]!]) candidates++;
    const wanted = Math.min(maskedCount(length, this.#mlmProbability), candidates);
    // Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S: one pass, in order, an exact count.
    let taken = 0;
    for (let i = start; taken < wanted; i++) {
      const id = ids[i]!;
      if (this.#special[id]) continue;
      if (random.below(candidates--) >= wanted - taken) continue;
      rows[at + taken] = i;
      targets[at + taken] = id;
      taken++;
      const fate = random.float();
      if (fate < asMask) ids[i] = this.#maskTokenId;
      else if (fate < asRandom) ids[i] = this.#words[random.below(this.#words.length)]!;
    }
    return wanted;
  }
}
