import { LookupFfnError } from '@lookupffn/core';
import { maxSequenceLength, type RobertaConfig } from './config.js';

/** Sequences laid end to end without padding: sequence `i` is rows `offsets[i]` to `offsets[i+1]`. */
export interface PackedBatch {
  /** Token ids, `[tokens]`. */
  readonly ids: Int32Array;
  /** Rows of the position table, `[tokens]`. */
  readonly positions: Int32Array;
  /** `[sequences + 1]`, from 0 to tokens. */
  readonly offsets: Int32Array;
}

/**
 * Packs token id sequences, which need and take no padding: a pad token is a token like others here. RoBERTa counts
 * positions from `padTokenId + 1`. Throws `INDEX_OUT_OF_RANGE` for an id
 * outside the vocabulary and `INVALID_ARGUMENT` for a sequence longer than the position table.
 */
export function packSequences(sequences: readonly ArrayLike<number>[], config: RobertaConfig): PackedBatch {
  const limit = maxSequenceLength(config);
  const offsets = new Int32Array(sequences.length + 1);
  sequences.forEach((sequence, i) => {
    if (sequence.length > limit) {
      throw new LookupFfnError(
        'INVALID_ARGUMENT',
        `Sequence ${i} has ${sequence.length} tokens; this model takes at most ${limit}. Truncate it or split it.`,
        { sequence: i, length: sequence.length, limit },
      );
    }
    offsets[i + 1] = offsets[i]! + sequence.length;
  });
  const tokens = offsets[sequences.length]!;
  const ids = new Int32Array(tokens);
  const positions = new Int32Array(tokens);
  sequences.forEach((sequence, i) => {
    const start = offsets[i]!;
    for (let t = 0; t < sequence.length; t++) {
      const id = sequence[t]!;
      if (!Number.isInteger(id) || id < 0 || id >= config.vocabSize) {
        throw new LookupFfnError(
          'INDEX_OUT_OF_RANGE',
          `Token ${t} of sequence ${i} is ${id}; the vocabulary has ids 0 to ${config.vocabSize - 1}. Was the text encoded with another model's tokenizer?`,
          { sequence: i, token: t, id, vocabSize: config.vocabSize },
        );
      }
      ids[start + t] = id;
      positions[start + t] = config.padTokenId + 1 + t;
    }
  });
  return { ids, positions, offsets };
}
