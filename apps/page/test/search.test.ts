import { createReferenceBackend } from '@lookupffn/core';
import { Session } from '@lookupffn/roberta';
import { expect, it } from 'vitest';
import { encodeText } from '../src/worker/models.js';
import { embed, fillIndex, newIndex, search } from '../src/worker/search.js';
import { finish, lookup, prepared, texts, tinyModel } from './tiny-model.js';

const backend = createReferenceBackend();

it('embeds as the mean of the hidden states, whatever else is in the batch', async () => {
  const model = await prepared(backend);
  const session = await Session.create({ model: tinyModel(lookup), backend, thread: 'caller' });
  const together = embed(model, texts);
  const size = model.config.hiddenSize;
  for (const [i, text] of texts.entries()) {
    const ids = encodeText(model, text);
    const { data } = await session.hiddenStates([ids]);
    for (let k = 0; k < size; k++) {
      let mean = 0;
      for (let row = 0; row < ids.length; row++) mean += data[row * size + k]! / ids.length;
      expect(together[i * size + k]).toBeCloseTo(mean, 4);
    }
  }
  await session.dispose();
});

it('finds a sentence by itself first, among thousands, and goes on where it was stopped', async () => {
  const model = await prepared(backend);
  const sentences = Array.from({ length: 200 }, (_, i) => `${texts[i % texts.length]} ${i}`);
  const index = newIndex(model, sentences);
  const first = fillIndex(model, index);
  first.next();
  first.return(undefined);
  const before = index.count;
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(sentences.length);
  const { seen } = finish(fillIndex(model, index));
  expect(seen[0]!.done).toBeGreaterThan(before);
  expect(index.count).toBe(sentences.length);
  for (const query of [sentences[0]!, sentences[before]!, sentences[199]!]) {
    const hits = search(model, index, { model: 0, query, limit: 3 });
    expect(hits).toHaveLength(3);
    expect(hits[0]!.sentence).toBe(query);
    expect(hits[0]!.similarity).toBeCloseTo(1, 4);
    expect(hits[1]!.similarity).toBeLessThanOrEqual(hits[0]!.similarity);
  }
});
