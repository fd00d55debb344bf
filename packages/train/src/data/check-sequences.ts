import { LookupFfnError } from '@lookupffn/core';
import { maxSequenceLength, type RobertaConfig } from '@lookupffn/roberta';
import type { TokenSequences } from './sequences.js';

/** Throws `INVALID_ARGUMENT` unless a model of this config can read these sequences. */
export function checkSequences({ sequenceLength, vocabulary }: TokenSequences, config: RobertaConfig): void {
  const limit = maxSequenceLength(config);
  const problem =
    sequenceLength > limit
      ? `Sequences of ${sequenceLength} tokens are too long: the model's max_position_embeddings allows ${limit}.`
      : vocabulary.size > config.vocabSize
        ? `The tokenizer has ${vocabulary.size} ids, the model's vocab_size is ${config.vocabSize}.`
        : config.maskTokenId !== undefined && config.maskTokenId !== vocabulary.maskTokenId
          ? `The tokenizer's mask token is ${vocabulary.maskTokenId}, the model's mask_token_id ${config.maskTokenId}.`
          : undefined;
  if (problem) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `${problem} Do the model and the tokenizer belong together?`,
      {
        sequenceLength,
        limit,
        tokenizerSize: vocabulary.size,
        vocabSize: config.vocabSize,
      },
    );
  }
}
