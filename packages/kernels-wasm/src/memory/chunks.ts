/** Scratch that an operation aims at: input and output of a chunk of rows stay in a second-level cache. */
const CHUNK_BYTES = 2 ** 19;

/**
 * How many of `rows` to take at a time, so that a batch of any size needs only about `budget` bytes of scratch: at
 * least one, and whole tiles of the matrix product where there is a choice.
 */
export function chunkRows(rows: number, bytesPerRow: number, budget = CHUNK_BYTES): number {
  const fit = Math.floor(budget / bytesPerRow);
  return Math.max(1, Math.min(rows, fit < 4 ? fit : fit - (fit % 4)));
}
