import { maskedLogits, type RobertaConfig } from '@lookupffn/roberta';
import type { Tape } from './tape.js';
import type { Variable } from './variable.js';

// 16 MB of logits, and as much for their gradient: large enough for full speed, whatever the vocabulary.
const chunkLogits = 2 ** 22;
const leastRows = 64;

/** Rows of logits computed at once. */
export function chunkRows(vocabSize: number): number {
  return Math.max(leastRows, Math.floor(chunkLogits / vocabSize));
}

/**
 * Cross-entropy at the masked rows, forward and backward, chunk by chunk: only one chunk's logits exist at a time.
 * Adds `scale` times the gradient of the summed loss to the head's parameters and to `hidden`, whose own way back is
 * left to the caller (`tape.backward(null)`). Returns the sum of the losses in nats.
 */
export function maskedLoss(
  tape: Tape,
  config: RobertaConfig,
  hidden: Variable,
  rows: Int32Array,
  targets: Int32Array,
  scale: number,
  rowsAtOnce: number,
): number {
  let sum = 0;
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    const end = Math.min(start + rowsAtOnce, rows.length);
    const mark = tape.mark();
    const logits = maskedLogits(tape, config, hidden, rows.subarray(start, end));
    const losses = tape.crossEntropy(logits, targets.subarray(start, end));
    for (const loss of losses.data) sum += loss;
    tape.backward(losses, scale, mark);
  }
  return sum;
}
