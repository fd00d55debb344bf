import { LookupFfnError } from '@lookupffn/core';
import { show } from '../session/check-options.js';
import type { Session } from '../session/session.js';
import { checkCall, requireHead } from './check.js';
import { type BatchOptions, inSortedBatches } from './sorted.js';
import { encodeText, type PipelineTokenizer } from './tokenizer.js';

/** A text, or two that are judged together. */
export type ClassificationInput = string | { readonly text: string; readonly text_pair: string };

export interface ClassificationOptions extends BatchOptions {
  /** Labels a text, the most probable first; null for all. Default 1. */
  readonly top_k?: number | null;
}

/** One label, named as transformers names it; of a regression head the score is the value itself. */
export interface Classification {
  readonly label: string;
  readonly score: number;
}

export interface ClassificationPipeline {
  /** As transformers.js has it: the labels of one text. Rejects with `INVALID_ARGUMENT` for a model without a head. */
  (text: ClassificationInput, options?: ClassificationOptions): Promise<Classification[]>;
  /** A label a text with `top_k` 1, else a list a text. */
  (
    texts: readonly ClassificationInput[],
    options?: ClassificationOptions,
  ): Promise<Classification[] | Classification[][]>;
  /** The same with one shape whatever `top_k`: text, label. */
  nested(texts: readonly ClassificationInput[], options?: ClassificationOptions): Promise<Classification[][]>;
  readonly session: Session;
  /** Disposes the session if the pipeline made it. */
  dispose(): Promise<void>;
}

function scores(logits: Float32Array, problem: Session['config']['problemType']): number[] {
  const values = Array.from(logits);
  if (problem === 'regression') return values;
  if (problem === 'multi_label_classification') return values.map((value) => 1 / (1 + Math.exp(-value)));
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

export function createClassification(
  session: Session,
  tokenizer: PipelineTokenizer,
): ClassificationPipeline['nested'] {
  const { labels, problemType } = session.config;
  const hint = '`lookupffn finetune` trains one.';
  requireHead('text-classification', session.config, 'sequence-classification', hint);
  return async (texts, given) => {
    const { top_k: topK = 1, ...options } = checkCall(texts, given);
    if (topK !== null && !(Number.isInteger(topK) && topK >= 1)) {
      throw new LookupFfnError(
        'INVALID_ARGUMENT',
        `top_k is ${show(topK)}; it must be a whole number of at least 1, or null.`,
      );
    }
    const { truncation } = options;
    const encoded = texts.map((text) =>
      typeof text === 'object' && text !== null
        ? encodeText(tokenizer, session.config, text.text, { pair: text.text_pair, truncation })
        : encodeText(tokenizer, session.config, text, { truncation }),
    );
    const lengths = encoded.map(({ ids }) => ids.length);
    const run = async (indices: readonly number[]) => {
      const { data } = await session.classLogits(
        indices.map((i) => encoded[i]!.ids),
        { signal: options.signal, typeIds: indices.map((i) => encoded[i]!.typeIds) },
      );
      return indices.map((_, row) => {
        const row_scores = scores(data.subarray(row * labels.length, (row + 1) * labels.length), problemType);
        return labels
          .map((label, i) => ({ label, score: row_scores[i]! }))
          .sort((a, b) => b.score - a.score)
          .slice(0, topK ?? labels.length);
      });
    };
    return inSortedBatches(lengths, run, options);
  };
}
