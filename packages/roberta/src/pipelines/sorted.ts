import { throwIfAborted } from '@lookupffn/core';

/** What every pipeline's calls take. */
export interface BatchOptions {
  readonly signal?: AbortSignal;
  /**
   * Texts of more tokens than the model takes (`maxTextLength`) are cut on their right, as transformers.js and
   * sentence-transformers do. False: they are refused with `INVALID_ARGUMENT`. Default true.
   */
  readonly truncation?: boolean;
  /** After each batch: texts done, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

// Tokens computed at once: enough for full speed, and a result that comes back soon.
const tokensAtOnce = 4096;

/**
 * Runs items in batches of similar length and gives the results in the items' order. Sequences are packed without
 * padding, so the order saves no arithmetic; it keeps threads evenly loaded, and the first progress line quick.
 */
export async function inSortedBatches<R>(
  lengths: readonly number[],
  run: (indices: readonly number[]) => Promise<readonly R[]>,
  { signal, onProgress }: BatchOptions,
): Promise<R[]> {
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  const results = new Array<R>(lengths.length);
  for (let start = 0; start < order.length; ) {
    throwIfAborted(signal, 'The pipeline');
    let end = start;
    let tokens = 0;
    do tokens += lengths[order[end++]!]!;
    while (end < order.length && tokens + lengths[order[end]!]! <= tokensAtOnce);
    const indices = order.slice(start, end);
    (await run(indices)).forEach((result, i) => {
      results[indices[i]!] = result;
    });
    start = end;
    onProgress?.(start, order.length);
  }
  return results;
}
