import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeSymbols } from '../src/bpe/merge.js';
import { PairTable } from '../src/bpe/pair-table.js';

/** Six letters, and merges among the ids so far; ranks shuffled, so that a new token may merge earlier than old ones. */
const table = fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 12 }).chain((pairs) =>
  fc.tuple(
    fc.constant(pairs),
    fc.shuffledSubarray(
      pairs.map((_, i) => i),
      { minLength: pairs.length },
    ),
  ),
);

/** The definition: the lowest rank, leftmost first, until nothing merges. */
function mergeSlowly(ranks: Map<string, [rank: number, merged: number]>, symbols: number[]): number[] {
  const result = [...symbols];
  for (;;) {
    let best = Number.POSITIVE_INFINITY;
    let at = -1;
    for (let i = 0; i + 1 < result.length; i++) {
      const found = ranks.get(`${result[i]},${result[i + 1]}`);
      if (found !== undefined && found[0] < best) {
        best = found[0];
        at = i;
      }
    }
    if (at < 0) return result;
    result.splice(at, 2, ranks.get(`${result[at]},${result[at + 1]}`)![1]);
  }
}

for (const [name, length] of [
  ['short words, by scanning', 48],
  ['long words, through the heap', 120],
] as const) {
  test(`merges are applied lowest rank first, leftmost among equals: ${name}`, () => {
    fc.assert(
      fc.property(
        table,
        fc.array(fc.nat(5), { minLength: length - 40, maxLength: length }),
        ([pairs, order], word) => {
          const inOrder = order.map((_, rank) => order.indexOf(rank));
          const pairTable = new PairTable(
            Int32Array.from(inOrder.flatMap((i) => pairs[i])),
            Int32Array.from(inOrder, (i) => 6 + i),
          );
          const ranks = new Map<string, [number, number]>();
          // Of a pair given twice the last rank stands.
          inOrder.forEach((i, rank) => {
            ranks.set(pairs[i].join(), [rank, 6 + i]);
          });
          const symbols = Int32Array.from(word);
          const ends = Int32Array.from(word, (_, i) => i + 1);
          const count = mergeSymbols(pairTable, symbols, ends, word.length);
          expect(Array.from(symbols.subarray(0, count))).toEqual(mergeSlowly(ranks, word));
          expect(count === 0 ? 0 : ends[count - 1]).toBe(word.length);
        },
      ),
      { numRuns: 1000 },
    );
  });
}
