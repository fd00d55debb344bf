import type { Random } from '@lookupffn/core';

/** Batches of whole sequences, at least `tokens` tokens each, without end: every sequence once, then in another order. */
export function* distilBatches(
  sequences: readonly number[][],
  tokens: number,
  random: Random,
): Generator<number[][], never> {
  const order = Int32Array.from(sequences, (_, i) => i);
  let batch: number[][] = [];
  let count = 0;
  for (;;) {
    random.shuffle(order);
    for (const i of order) {
      batch.push(sequences[i]!);
      count += sequences[i]!.length;
      if (count < tokens) continue;
      yield batch;
      batch = [];
      count = 0;
    }
  }
}
