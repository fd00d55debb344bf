import { classLogits, encode, encodeText, packSequences, type RobertaConfig } from '@lookupffn/roberta';
import type { Tape } from '../tape/tape.js';
import type { TaskTokenizer } from '../tasks/embed.js';
import type { Example } from '../tasks/examples.js';

/** An example as the model reads it. */
export interface EncodedExample {
  readonly ids: number[];
  readonly typeIds: number[];
  readonly label: number;
}

export function encodeExamples(
  examples: readonly Example[],
  tokenizer: TaskTokenizer,
  config: RobertaConfig,
  maxLength: number,
): EncodedExample[] {
  return examples.map(({ text, pair, label }) => {
    // As the pipeline will read them.
    const { ids, typeIds } = encodeText(tokenizer, config, text, { pair, maxLength: maxLength || undefined });
    return { ids, typeIds, label };
  });
}

/** Forward and backward over a batch: gradients of the mean loss are added; returns that loss. */
export function backwardExamples(
  tape: Tape,
  config: RobertaConfig,
  batch: readonly EncodedExample[],
): number {
  const packed = packSequences(
    batch.map(({ ids }) => ids),
    config,
    batch.map(({ typeIds }) => typeIds),
  );
  const logits = classLogits(tape, config, encode(tape, config, packed), packed.offsets);
  if (config.problemType === 'regression') {
    let loss = 0;
    const gradient = logits.data.map((value, i) => {
      const error = value - batch[i]!.label;
      loss += (error * error) / batch.length;
      return (2 * error) / batch.length;
    });
    tape.backwardFrom(logits, gradient);
    return loss;
  }
  const losses = tape.crossEntropy(
    logits,
    Int32Array.from(batch, ({ label }) => label),
  );
  const loss = losses.data.reduce((sum, value) => sum + value, 0) / batch.length;
  tape.backward(losses, 1 / batch.length);
  return loss;
}
