import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Tokenizer } from '../src/index.js';
import { bertJson } from './support/bert.js';
import { robertaJson } from './support/roberta.js';
import { anyText, oddTexts } from './support/texts.js';

const roberta = Tokenizer.fromJSON(robertaJson());
const bert = Tokenizer.fromJSON(await bertJson());

function streamed(tokenizer: Tokenizer, ids: ArrayLike<number>): string[] {
  const stream = tokenizer.decodeStream();
  return [...Array.from(ids, (id) => stream.push(id)), stream.end()];
}

test('byte-level tokens give every well-formed text back', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const { ids } = roberta.encode(text, { addSpecialTokens: false });
      // Space that a <mask> swallowed is gone.
      if (!text.includes('<mask>')) expect(roberta.decode(ids)).toBe(Buffer.from(text).toString());
    }),
    { numRuns: 1000 },
  );
});

test('a stream never splits a character and joins to the whole', () => {
  for (const text of oddTexts) {
    for (const tokenizer of [roberta, bert]) {
      const { ids } = tokenizer.encode(text);
      const parts = streamed(tokenizer, ids);
      expect(parts.join('')).toBe(tokenizer.decode(ids));
      for (const part of parts) expect(Buffer.from(part).toString()).toBe(part);
    }
  }
});

test('a character comes out with its last byte; one that stays incomplete as U+FFFD', () => {
  const bytes = roberta.encode('\u{1f9ff}', { addSpecialTokens: false }).ids;
  expect(bytes.length).toBeGreaterThan(1);
  const parts = streamed(roberta, bytes);
  expect(parts.at(-2)).toBe('\u{1f9ff}');
  expect(parts.slice(0, -2).join('')).toBe('');
  expect(streamed(roberta, bytes.slice(0, -1)).join('')).toBe('\ufffd');
});

test('any ids decode, streamed or whole; unknown ones are passed over', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 51_000 }), { maxLength: 20 }), (ids) => {
      expect(streamed(roberta, ids).join('')).toBe(roberta.decode(ids));
    }),
  );
  expect(roberta.decode([31414, 4_000_000_000, -1, 1.5, Number.NaN, 232])).toBe('Hello world');
});

test('special tokens can be left out', () => {
  const { ids } = roberta.encode('Hello <mask>!', { pair: 'again' });
  expect(roberta.decode(ids)).toBe('<s>Hello<mask>!</s></s>again</s>');
  expect(roberta.decode(ids, { skipSpecialTokens: true })).toBe('Hello!again');
  expect(roberta.decode(ids, { skipSpecialTokens: true, cleanUp: true })).toBe('Hello!again');
});

test('cleanUp undoes the spaces around English punctuation', () => {
  const ids = roberta.encode("I do n't know , really ?", { addSpecialTokens: false }).ids;
  expect(roberta.decode(ids)).toBe("I do n't know , really ?");
  expect(roberta.decode(ids, { cleanUp: true })).toBe("I don't know, really?");
  const pieces = bert.encode('the war, the peace.', { addSpecialTokens: false }).ids;
  expect(bert.decode(pieces)).toBe('the war, the peace.');
  expect(bert.decode(pieces, { cleanUp: false })).toBe('the war , the peace .');
});
