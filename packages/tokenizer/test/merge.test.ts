import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeSymbols } from '../src/bpe/merge.js';
import { Merges } from '../src/bpe/merges.js';
import { PairTable } from '../src/bpe/pair-table.js';
import { Vocabulary } from '../src/model/vocabulary.js';

const letters = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Merges among six letters and what merges make; ranks shuffled, so that a new token may merge earlier than old ones. */
const mergeLists = fc
  .array(fc.tuple(fc.nat(999), fc.nat(999)), { maxLength: 12 })
  .map((choices) => {
    const tokens = [...letters];
    return choices.map(([i, k]): [string, string] => {
      const pair: [string, string] = [tokens[i % tokens.length]!, tokens[k % tokens.length]!];
      tokens.push(pair.join(''));
      return pair;
    });
  })
  .chain((pairs) => fc.shuffledSubarray(pairs, { minLength: pairs.length }));

/** The definition: the lowest rank, leftmost first, until nothing merges. */
function mergeSlowly(ranks: Map<string, number>, symbols: readonly string[]): string[] {
  const result = [...symbols];
  for (;;) {
    let best = Number.POSITIVE_INFINITY;
    let at = -1;
    for (let i = 0; i + 1 < result.length; i++) {
      const rank = ranks.get(`${result[i]} ${result[i + 1]}`);
      if (rank !== undefined && rank < best) {
        best = rank;
        at = i;
      }
    }
    if (at < 0) return result;
    result.splice(at, 2, result[at]! + result[at + 1]!);
  }
}

for (const [name, length] of [
  ['short words, by scanning', 48],
  ['long words, through the heap', 120],
] as const) {
  test(`merges are applied lowest rank first, leftmost among equals: ${name}`, () => {
    fc.assert(
      fc.property(
        mergeLists,
        fc.array(fc.nat(5), { minLength: length - 40, maxLength: length }),
        fc.boolean(),
        (pairs, word, isShared) => {
          const texts = [...new Set([...letters, ...pairs.map((pair) => pair.join(''))])];
          // A second text with the id of the first letter: then ids are looked up at once.
          const entries = Object.fromEntries(texts.map((text, id) => [text, id]));
          const vocabulary = Vocabulary.fromObject(isShared ? { x: 0, ...entries } : entries, 'vocab');
          const pairTable = new PairTable(Merges.fromArray(pairs), vocabulary);
          // Of a pair given twice the last rank stands.
          const ranks = new Map(pairs.map((pair, rank) => [pair.join(' '), rank]));
          const symbols = Int32Array.from(word);
          const ends = Int32Array.from(word, (_, i) => i + 1);
          const count = mergeSymbols(pairTable, symbols, ends, word.length);
          const merged = Array.from(symbols.subarray(0, count), (id) => vocabulary.textOf(id));
          expect(merged).toEqual(
            mergeSlowly(
              ranks,
              word.map((id) => letters[id]!),
            ),
          );
          expect(count === 0 ? 0 : ends[count - 1]).toBe(word.length);
        },
      ),
      { numRuns: 1000 },
    );
  });
}
