import { LookupFfnError } from '@lookupffn/core';
import { firstPosition, maxSequenceLength, type RobertaConfig } from './config.js';

/** Sequences laid end to end without padding: sequence `i` is rows `offsets[i]` to `offsets[i+1]`. */
export interface PackedBatch {
  /** Token ids, `[tokens]`. */
  readonly ids: Int32Array;
  /** Rows of the position table, `[tokens]`. */
  readonly positions: Int32Array;
  /** Rows of the token type table, `[tokens]`; absent: all 0. */
  readonly types?: Int32Array;
  /** `[sequences + 1]`, from 0 to tokens. */
  readonly offsets: Int32Array;
}

/**
 * Packs token id sequences, which need and take no padding: a pad token is a token like others here. `typeIds`, one
 * list for each sequence, say which of two texts a token belongs to (BERT's token types). Throws `INDEX_OUT_OF_RANGE`
 * for an id outside its table and `INVALID_ARGUMENT` for a sequence longer than the position table.
 */
export function packSequences(
  sequences: readonly ArrayLike<number>[],
  config: RobertaConfig,
  typeIds?: readonly ArrayLike<number>[],
): PackedBatch {
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
  const first = firstPosition(config);
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
      positions[start + t] = first + t;
    }
  });
  if (!typeIds) return { ids, positions, offsets };
  return { ids, positions, offsets, types: packTypes(typeIds, offsets, config) };
}

function packTypes(
  typeIds: readonly ArrayLike<number>[],
  offsets: Int32Array,
  config: RobertaConfig,
): Int32Array {
  const types = new Int32Array(offsets[offsets.length - 1]!);
  for (let i = 0; i + 1 < offsets.length; i++) {
    const list = typeIds[i];
    const length = offsets[i + 1]! - offsets[i]!;
    if (list?.length !== length) {
      throw new LookupFfnError(
        'INVALID_ARGUMENT',
        `Sequence ${i} has ${length} tokens and ${list?.length ?? 'no'} token types; give one a token.`,
        { sequence: i },
      );
    }
    for (let t = 0; t < length; t++) {
      const type = list[t]!;
      if (!Number.isInteger(type) || type < 0 || type >= config.typeVocabSize) {
        throw new LookupFfnError(
          'INDEX_OUT_OF_RANGE',
          `Token type ${t} of sequence ${i} is ${type}; this model has types 0 to ${config.typeVocabSize - 1}.`,
          { sequence: i, token: t, type },
        );
      }
      types[offsets[i]! + t] = type;
    }
  }
  return types;
}
