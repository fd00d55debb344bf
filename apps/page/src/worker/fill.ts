import type { Backend } from '@lookupffn/core';
import { encode, maskedLogits, packSequences, topK } from '@lookupffn/roberta';
import { median } from './median.js';
import { encodeText, type Model } from './models.js';

export interface Guess {
  readonly text: string;
  readonly probability: number;
}

export interface Filled {
  /** Of tokenising, model and top-k: the median of a few passes, the first left out where there are more. */
  readonly milliseconds: number;
  /** One list a mask, best guess first. */
  readonly masks: readonly (readonly Guess[])[];
}

export interface FillInput {
  readonly model: number;
  readonly text: string;
  readonly topK: number;
}

function pass(backend: Backend, model: Model, text: string, count: number): Guess[][] {
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
      const ids = new Int32Array(Math.min(count, size));
      const best = new Float32Array(ids.length);
      topK(probabilities, ids, best);
      return Array.from(ids, (id, k) => ({ text: tokenizer.decode([id]), probability: best[k]! }));
    });
  } finally {
    evaluator.releaseAll();
  }
}

// A browser's clock may step by a tenth of a millisecond, a first pass meets cold code, and others want the processor
// too: several passes, but no more than somebody who types would notice.
const mostPasses = 9;
const enoughMillis = 30;
const fewestPasses = 4;
const mostMillis = 200;

/** Fills the masks of a text. Throws for a text without one, or one too long. */
export function fillMasks(backend: Backend, model: Model, { text, topK: count }: FillInput): Filled {
  const times: number[] = [];
  const start = performance.now();
  let masks: Guess[][] = [];
  const wanted = (elapsed: number) =>
    times.length < fewestPasses ? elapsed < mostMillis : times.length < mostPasses && elapsed < enoughMillis;
  for (let now = start; times.length === 0 || wanted(now - start); ) {
    masks = pass(backend, model, text, count);
    const end = performance.now();
    times.push(end - now);
    now = end;
  }
  return { milliseconds: median(times.length > 1 ? times.slice(1) : times), masks };
}
