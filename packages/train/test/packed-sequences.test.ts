import { Random } from '@lookupffn/core';
import { expect, it } from 'vitest';
import { MemoryTokens } from '../src/data/document-tokens.js';
import { PackedSequences } from '../src/data/packed-sequences.js';

const bos = 0;
const eos = 2;
const vocabulary = { size: 1000, maskTokenId: 4, specialTokenIds: [0, 1, 2, 3, 4] };

/** By definition: all documents in one array with separators, cut into sequences. */
function packed(documents: readonly number[][], length: number): { ids: number[]; source: number }[] {
  const stream = documents.flatMap((tokens, i) => (i === 0 ? tokens : [eos, ...tokens]));
  const owner = documents.flatMap((tokens, i) => (i === 0 ? tokens : [eos, ...tokens]).map(() => i));
  const room = length - 2;
  const sequences: { ids: number[]; source: number }[] = [];
  for (let from = 0; ; from += room) {
    if (stream[from] === eos) from++;
    if (from + room > stream.length) return sequences;
    sequences.push({ ids: [bos, ...stream.slice(from, from + room), eos], source: owner[from]! });
  }
}

it('packs any documents as one array of all would be cut', () => {
  const random = new Random(1);
  for (let round = 0; round < 400; round++) {
    const length = 4 + random.below(9);
    const tokens = new MemoryTokens();
    const documents = Array.from({ length: random.below(9) }, (_, i) => {
      const ids = Array.from({ length: 1 + random.below(12) }, () => 5 + random.below(995));
      tokens.add(`document ${i}`, Uint16Array.from(ids));
      return ids;
    });
    const order = random.shuffle([...documents.keys()]);
    const sequences = new PackedSequences(tokens, order, length, vocabulary, { bos, eos });
    const expected = packed(
      order.map((i) => documents[i]!),
      length,
    );
    expect(sequences.count, `round ${round}`).toBe(expected.length);
    for (const [i, { ids, source }] of expected.entries()) {
      const into = new Int32Array(length + 2).fill(-1);
      sequences.read(i, into, 1);
      expect([...into], `round ${round}, sequence ${i}`).toEqual([-1, ...ids, -1]);
      expect(sequences.source(i)).toBe(`document ${order[source]}`);
    }
  }
});
