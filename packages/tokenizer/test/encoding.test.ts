import { expect, test } from 'vitest';
import { Tokenizer, TokenizerError, trainByteLevelBpe } from '../src/index.js';
import { WordCache } from '../src/word-cache.js';
import { bertJson } from './support/bert.js';
import { robertaJson } from './support/roberta.js';
import { longWords, speeches } from './support/texts.js';

const roberta = Tokenizer.fromJSON(robertaJson());
const bert = Tokenizer.fromJSON(await bertJson());

test('offsets are UTF-16 units of the text, and code points on request', () => {
  const text = 'a \u{1f600}é\u{1f600} b';
  const encoding = roberta.encode(text, { offsets: true });
  const { offsets } = encoding;
  const last = encoding.length - 2;
  expect(text.slice(offsets![2 * last], offsets![2 * last + 1])).toBe('b');
  expect(encoding.codePointOffsets()!.subarray(2 * last, 2 * last + 2)).toEqual(Uint32Array.of(6, 7));
  const plain = roberta.encode('plain text', { offsets: true });
  expect(plain.codePointOffsets()).toEqual(plain.offsets);
  expect([roberta.encode(text).offsets, roberta.encode(text).codePointOffsets()]).toEqual([
    undefined,
    undefined,
  ]);
});

test('a normalized token leads back to what was written', () => {
  const text = 'THE   WÁR!';
  const encoding = bert.encode(text, { offsets: true });
  const pieces = encoding
    .tokens()
    .map((token, i) => [token, text.slice(encoding.offsets![2 * i], encoding.offsets![2 * i + 1])]);
  expect(pieces).toEqual([
    ['[CLS]', ''],
    ['the', 'THE'],
    ['war', 'WÁR'],
    ['!', '!'],
    ['[SEP]', ''],
  ]);
});

test('word ids count words, special tokens have none', () => {
  const { wordIds, sequenceIds, specialTokensMask } = roberta.encode('tokenization is', { pair: 'fun' });
  expect(Array.from(wordIds)).toEqual([-1, 0, 0, 1, -1, -1, 0, -1]);
  expect(Array.from(sequenceIds)).toEqual([-1, 0, 0, 0, -1, -1, 1, -1]);
  expect(Array.from(specialTokensMask)).toEqual([1, 0, 0, 0, 1, 1, 0, 1]);
});

test('an encoding stays as it was when the tokenizer goes on', () => {
  const first = roberta.encode('The first text', { offsets: true });
  const copy = { ids: first.ids.slice(), offsets: first.offsets!.slice(), words: first.wordIds.slice() };
  roberta.encode(speeches(80)[0], { offsets: true });
  expect({ ids: first.ids, offsets: first.offsets, words: first.wordIds }).toEqual(copy);
});

test('ids are the same with and without offsets, cached and not', async () => {
  for (const tokenizer of [roberta, bert]) {
    for (const text of speeches(60)) {
      const { ids } = tokenizer.encode(text, { offsets: true });
      expect(tokenizer.encode(text).ids).toEqual(ids);
    }
  }
});

test('a cache that overflows again and again changes nothing', async () => {
  const small = await trainByteLevelBpe(speeches(80), { vocabularySize: 400 });
  // Far more different words than the cache holds.
  const words = Array.from({ length: 150_000 }, (_, i) => `w${(i * 7919) % 150_000}x`);
  const text = words.join(' ');
  const { ids, offsets } = small.encode(text, { offsets: true, addSpecialTokens: false });
  expect(small.decode(ids)).toBe(text);
  for (let i = 0; i < ids.length; i++) {
    const token = text.slice(offsets![2 * i], offsets![2 * i + 1]);
    if (small.idToToken(ids[i])!.replace('Ġ', '') !== token) expect(token).toBe(small.idToToken(ids[i]));
  }
  const cache = new WordCache();
  const units = new Uint16Array(4);
  for (let i = 0; i < 300_000; i++) {
    units[0] = i & 0xffff;
    units[1] = i >> 16;
    const entry = cache.find(units, 0, 4);
    if (entry < 0) cache.insert(~entry, units, 0, 4, Int32Array.of(i, 0, 4, 0), 1, 1);
  }
  expect(cache.entries.byteLength + cache.keyUnits.byteLength + cache.values.byteLength).toBeLessThan(8e6);
});

test('a megabyte without a place to break is no trouble', () => {
  for (const tokenizer of [roberta, bert]) {
    for (const word of longWords(1 << 20).filter((_, i) => i % 4 === 1)) {
      const { ids, offsets } = tokenizer.encode(word, { offsets: true, addSpecialTokens: false });
      expect(offsets![2 * ids.length - 1] ?? word.length).toBeLessThanOrEqual(word.length);
      if (tokenizer === roberta && !word.startsWith(' ')) expect(roberta.decode(ids)).toBe(word);
    }
  }
});

test('only strings are encoded', () => {
  for (const text of [undefined, null, 7, ['a']]) {
    expect(() => roberta.encode(text as never)).toThrow(TokenizerError);
    expect(() => roberta.encode('a', { pair: text === undefined ? (0 as never) : (text as never) })).toThrow(
      TokenizerError,
    );
  }
});
