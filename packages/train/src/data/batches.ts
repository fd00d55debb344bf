import type { Random } from '@lookupffn/core';
import type { PackedBatch } from '@lookupffn/roberta';
import { Masker, maskedCount, usualMlmProbability } from './masking.js';
import type { TokenSequences } from './sequences.js';

/** Masked sequences and what stood at the masked places. Its arrays are re-used by the next batch. */
export interface MaskedBatch extends PackedBatch {
  readonly sequences: number;
  /** Rows of the batch that are predicted, rising. */
  readonly rows: Int32Array;
  /** Their true token ids. */
  readonly targets: Int32Array;
}

/** Which sequence, and the random numbers of its masks. */
export interface BatchItem {
  readonly sequence: number;
  readonly random: Random;
}

/** Fills batches of up to `capacity` sequences into arrays made once. */
export class BatchFiller {
  readonly #sequences: TokenSequences;
  readonly #masker: Masker;
  readonly #ids: Int32Array;
  readonly #positions: Int32Array;
  readonly #offsets: Int32Array;
  readonly #rows: Int32Array;
  readonly #targets: Int32Array;

  /** `firstPosition` is the position table's row of a sequence's first token. */
  constructor(
    sequences: TokenSequences,
    capacity: number,
    firstPosition: number,
    mlmProbability: number = usualMlmProbability,
  ) {
    const { sequenceLength } = sequences;
    this.#sequences = sequences;
    this.#masker = new Masker(sequences.vocabulary, mlmProbability);
    this.#ids = new Int32Array(capacity * sequenceLength);
    this.#positions = this.#ids.map((_, i) => firstPosition + (i % sequenceLength));
    this.#offsets = new Int32Array(capacity + 1).map((_, i) => i * sequenceLength);
    this.#rows = new Int32Array(capacity * maskedCount(sequenceLength, mlmProbability));
    this.#targets = new Int32Array(this.#rows.length);
  }

  fill(items: readonly BatchItem[]): MaskedBatch {
    const { sequenceLength } = this.#sequences;
    let masked = 0;
    items.forEach(({ sequence, random }, i) => {
      const start = i * sequenceLength;
      this.#sequences.read(sequence, this.#ids, start);
      masked += this.#masker.mask(
        this.#ids,
        start,
        sequenceLength,
        random,
        this.#rows,
        this.#targets,
        masked,
      );
    });
    const tokens = items.length * sequenceLength;
    return {
      sequences: items.length,
      ids: this.#ids.subarray(0, tokens),
      positions: this.#positions.subarray(0, tokens),
      offsets: this.#offsets.subarray(0, items.length + 1),
      rows: this.#rows.subarray(0, masked),
      targets: this.#targets.subarray(0, masked),
    };
  }
}
