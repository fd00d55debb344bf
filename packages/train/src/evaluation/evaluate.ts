import { setImmediate } from 'node:timers/promises';
import { type Backend, LookupFfnError, Random, throwIfAborted } from '@lookupffn/core';
import {
  DirectEvaluator,
  encode,
  firstPosition,
  type Matrix,
  maskedLogits,
  type PrecisionOptions,
  type RobertaModel,
} from '@lookupffn/roberta';
import { BatchFiller, type MaskedBatch } from '../data/batches.js';
import { checkSequences } from '../data/check-sequences.js';
import type { TokenSequences } from '../data/sequences.js';
import { chunkRows } from '../tape/masked-loss.js';
import { withTablesKept } from './kept-tables.js';

/** How well a masked language model predicts masked tokens. */
export interface Evaluation {
  /** Mean cross-entropy, nats a masked token. */
  readonly logPerplexity: number;
  /** Share of masked tokens whose most probable candidate is the right one. */
  readonly accuracy: number;
  readonly maskedTokens: number;
  readonly sequences: number;
}

export interface EvaluateOptions {
  readonly model: RobertaModel;
  readonly backend: Backend;
  readonly sequences: TokenSequences;
  /** How weights are kept while evaluating; default f32. Tables in a type that the backend lacks are rounded to it. */
  readonly precision?: PrecisionOptions;
  /** Chooses the masks. Default 0; the result is the same for every batch size. */
  readonly seed?: number;
  /** Only the first so many sequences; default all. */
  readonly maxSequences?: number;
  /** Sequences computed at once. Default: about 4,096 tokens. */
  readonly batchSize?: number;
  readonly onProgress?: (done: number, total: number) => void;
  /** Rejects with `ABORTED`. */
  readonly signal?: AbortSignal;
}

const defaultBatchTokens = 4096;

/** Sequences of the default batch. */
export function defaultBatchSize(sequenceLength: number): number {
  return Math.max(1, Math.floor(defaultBatchTokens / sequenceLength));
}

/** The most probable class of a row; the first one on a tie. */
function argmax(logits: Float32Array, start: number, classes: number): number {
  let best = start;
  let most = logits[start]!;
  for (let i = start + 1; i < start + classes; i++) {
    const value = logits[i]!;
    if (value > most) {
      most = value;
      best = i;
    }
  }
  return best - start;
}

/** Sums over masked tokens, in the order of the sequences whatever the batches, so that rounding is the same too. */
class Score {
  loss = 0;
  right = 0;
  masked = 0;

  add(backend: Backend, logits: Matrix, targets: Int32Array): void {
    const { rows, columns: classes, data } = logits;
    const losses = new Float32Array(rows);
    backend.ops.crossEntropy({ rows, classes }, data, targets, losses);
    for (let i = 0; i < rows; i++) {
      this.loss += losses[i]!;
      if (argmax(data, i * classes, classes) === targets[i]) this.right++;
    }
    this.masked += rows;
  }
}

function scoreBatch(
  { model, backend }: EvaluateOptions,
  evaluator: DirectEvaluator,
  { rows, targets, ...batch }: MaskedBatch,
  score: Score,
): void {
  const atOnce = chunkRows(model.config.vocabSize);
  const hidden = encode(evaluator, model.config, batch);
  for (let start = 0; start < rows.length; start += atOnce) {
    // The result of this tidy is dropped: nothing of a chunk outlives it.
    evaluator.tidy(() => {
      const logits = maskedLogits(evaluator, model.config, hidden, rows.subarray(start, start + atOnce));
      score.add(backend, logits, targets.subarray(start, start + atOnce));
      return hidden;
    });
  }
  evaluator.releaseAll();
}

/**
 * Log perplexity of masked tokens. Masks depend on the seed and the sequence's index only. Throws `INVALID_ARGUMENT`
 * for sequences that do not fit the model, `NOT_FINITE` for broken weights, `ABORTED`.
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const { model, backend, sequences, signal } = options;
  checkSequences(sequences, model.config);
  const count = Math.min(sequences.count, options.maxSequences ?? sequences.count);
  const batchSize = Math.min(count, options.batchSize ?? defaultBatchSize(sequences.sequenceLength));
  if (!(batchSize >= 1)) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `Cannot evaluate ${count} sequences ${batchSize} at a time.`,
    );
  }
  const random = new Random(options.seed ?? 0).fork('evaluation');
  const filler = new BatchFiller(sequences, batchSize, firstPosition(model.config));
  const kept = withTablesKept(backend, model, options.precision);
  const evaluator = new DirectEvaluator(backend, kept.model, kept.precision);
  const score = new Score();
  try {
    for (let first = 0; first < count; first += batchSize) {
      await setImmediate();
      throwIfAborted(signal, 'The evaluation');
      const size = Math.min(batchSize, count - first);
      const items = Array.from({ length: size }, (_, i) => ({
        sequence: first + i,
        random: random.fork(first + i),
      }));
      scoreBatch(options, evaluator, filler.fill(items), score);
      options.onProgress?.(first + size, count);
    }
  } finally {
    evaluator.dispose();
  }
  return {
    logPerplexity: score.loss / score.masked,
    accuracy: score.right / score.masked,
    maskedTokens: score.masked,
    sequences: count,
  };
}
