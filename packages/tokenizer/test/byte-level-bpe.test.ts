import { expect, test } from 'vitest';
import { Tokenizer, TokenizerError, trainByteLevelBpe } from '../src/index.js';

const texts = ['The cat sat on the mat. The cat ran.', 'A mat, a cat and a rat sat on that mat.'];

test('a trained tokenizer gives every text back, special tokens around it', async () => {
  const tokenizer = await trainByteLevelBpe(texts, { vocabularySize: 290 });
  expect(tokenizer.vocabularySize).toBe(275);
  for (const text of [...texts, '', ' ', "it's\n\n  naïve \u{1f600} \u0000"]) {
    const encoding = tokenizer.encode(text);
    expect(encoding.ids[0]).toBe(0);
    expect(encoding.ids[encoding.length - 1]).toBe(2);
    expect(tokenizer.decode(encoding.ids, { skipSpecialTokens: true })).toBe(text);
  }
});

test('a saved tokenizer encodes as before', async () => {
  const tokenizer = await trainByteLevelBpe(texts, { vocabularySize: 290 });
  const again = Tokenizer.fromJSON(JSON.parse(JSON.stringify(tokenizer.toJSON())));
  expect(again.encode(texts[0]).ids).toEqual(tokenizer.encode(texts[0]).ids);
  expect(again.toJSON()).toEqual(tokenizer.toJSON());
});

test('offsets give back the text of each token; a mask swallows the space before it', async () => {
  const tokenizer = await trainByteLevelBpe(texts, { vocabularySize: 290 });
  const text = 'The cat <mask> on';
  const { ids, offsets } = tokenizer.encode(text, { offsets: true });
  const at = ids.indexOf(4);
  expect(text.slice(offsets![2 * at], offsets![2 * at + 1])).toBe('<mask>');
  expect(tokenizer.idToToken(ids[at - 1])).not.toBe('Ġ');
});

test('a vocabulary too small for the bytes is refused', async () => {
  await expect(trainByteLevelBpe(texts, { vocabularySize: 100 })).rejects.toThrow(TokenizerError);
});
