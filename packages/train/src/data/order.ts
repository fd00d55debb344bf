import type { Random } from '@lookupffn/core';

/** One place in the endless stream of training sequences. */
export interface StreamPosition {
  readonly epoch: number;
  /** Index of the sequence in the corpus. */
  readonly sequence: number;
}

/**
 * The order of training: every sequence once an epoch, shuffled anew each time. A pure function of the random state
 * and the position, so that a resumed run needs no more than its step to go on.
 */
export class DataOrder {
  readonly #count: number;
  readonly #random: Random;
  #epoch = -1;
  #permutation = new Int32Array(0);

  constructor(count: number, random: Random) {
    this.#count = count;
    this.#random = random;
  }

  /** Sequence number `n` of the stream, from 0. */
  at(n: number): StreamPosition {
    const epoch = Math.floor(n / this.#count);
    if (epoch !== this.#epoch) {
      this.#permutation = Int32Array.from({ length: this.#count }, (_, i) => i);
      this.#random.fork(epoch).shuffle(this.#permutation);
      this.#epoch = epoch;
    }
    return { epoch, sequence: this.#permutation[n - epoch * this.#count]! };
  }
}
