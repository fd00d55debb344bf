import { createReferenceBackend, Random } from '@lookupffn/core';
import { initialWeights, pipeline, Session } from '@lookupffn/roberta';
import { TextCodec } from '@lookupffn/server';
import { Tokenizer } from '@lookupffn/tokenizer';
import { expect, it } from 'vitest';
import { tinyConfig, tinyTokenizer } from './tiny-models.js';

it('cuts where the library does: at max_seq_length, not at what tokenizer.json holds', async () => {
  const tokenizer = Tokenizer.fromJSON({
    ...tinyTokenizer.toJSON(),
    truncation: { max_length: 7, stride: 3, strategy: 'OnlyFirst', direction: 'Left' },
  });
  const sentence = { pooling: 'mean', normalize: false, maxLength: 20 } as const;
  const config = { ...tinyConfig(), sentence };
  const codec = new TextCodec(tokenizer, config);
  const text = 'the people of the United States '.repeat(9);
  expect(codec.maxTokens).toBe(20);
  expect(() => codec.encode(text)).toThrow(/at most 20/);
  const ids = codec.encode(text, 'right');
  expect(ids).toHaveLength(20);

  const weights = initialWeights(config, new Random(1));
  const session = await Session.create({ model: { config, weights }, backend: createReferenceBackend() });
  const features = await pipeline('feature-extraction', { session, tokenizer });
  expect((await features(text)).data).toEqual((await session.hiddenStates([ids])).data);
  await session.dispose();

  // Pairs: both too long, so that each keeps half.
  const pair = codec.encodePair(text, text, 'right').ids;
  expect(pair).toHaveLength(20);
  expect(() => codec.encodePair(text, text, false)).toThrow(/at most 20/);
});
