import type { Backend } from '@lookupffn/core';
import { encode, maskedLogits, packSequences } from '@lookupffn/roberta';
import { median } from './median.js';
import { encodeText, type Model } from './models.js';

export interface Guess {
  readonly text: string;
  readonly probability: number;
}

export interface Filled {
  /** Of tokenising, model and top-k: the median of a few passes. */
  readonly milliseconds: number;
  /** One list a mask, best guess first. */
  readonly masks: readonly (readonly Guess[])[];
}

export interface FillInput {
  readonly model: number;
  readonly text: string;
  readonly topK: number;
}

function best(probabilities: Float32Array, count: number): number[] {
  const found: number[] = [];
  for (let id = 0; id < probabilities.length; id++) {
    if (found.length === count && probabilities[id]! <= probabilities[found[count - 1]!]!) continue;
    let at = found.length;
    while (at > 0 && probabilities[found[at - 1]!]! < probabilities[id]!) at--;
    found.splice(at, 0, id);
    if (found.length > count) found.pop();
  }
  return found;
}

function pass(backend: Backend, model: Model, text: string, topK: number): Guess[][] {
  const { config, tokenizer, evaluator } = model;
  const mask = tokenizer.specialTokens.mask;
  const ids = encodeText(model, text);
  const rows = Int32Array.from(ids.flatMap((id, position) => (id === mask?.id ? [position] : [])));
  if (rows.length === 0) throw new Error(`Put ${mask?.content ?? '<mask>'} where a word is missing.`);
  try {
    const hidden = encode(evaluator, config, packSequences([ids], config));
    const logits = maskedLogits(evaluator, config, hidden, rows);
    const size = config.vocabSize;
    backend.ops.softmax({ rows: rows.length, size }, logits.data, logits.data);
    return Array.from(rows, (_, row) => {
      const probabilities = logits.data.subarray(row * size, (row + 1) * size);
      return best(probabilities, topK).map((id) => ({
        text: tokenizer.decode([id]),
        probability: probabilities[id]!,
      }));
    });
  } finally {
    evaluator.releaseAll();
  }
}

// A browser's clock may step by a tenth of a millisecond, and a first pass meets cold code: a few passes, but not long.
const mostPasses = 9;
const mostMillis = 30;

/** Fills the masks of a text. Throws for a text without one, or one too long. */
export function fillMasks(backend: Backend, model: Model, { text, topK }: FillInput): Filled {
  const times: number[] = [];
  const start = performance.now();
  let masks: Guess[][] = [];
  for (let now = start; times.length < mostPasses && now - start < mostMillis; ) {
    masks = pass(backend, model, text, topK);
    const end = performance.now();
    times.push(end - now);
    now = end;
  }
  return { milliseconds: median(times), masks };
}
