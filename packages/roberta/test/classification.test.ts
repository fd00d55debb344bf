import { createReferenceBackend } from '@lookupffn/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type PipelineTokenizer, pipeline, Session } from '../src/index.js';
import { codeOf, tinyModel } from './helpers/tiny.js';

/** One id a letter; a pair as BERT writes it. */
const tokenizer: PipelineTokenizer = {
  encode(text, { pair } = {}) {
    const ids = (part: string) => Array.from(part, (letter) => 5 + (letter.charCodeAt(0) % 30));
    const first = [0, ...ids(text), 2];
    const second = pair === undefined ? [] : [...ids(pair), 2];
    return { ids: [...first, ...second], typeIds: [...first.map(() => 0), ...second.map(() => 1)] };
  },
  decode: (ids) => Array.from(ids).join(' '),
  specialTokens: {},
};

const labels = ['bad', 'fair', 'good'];
const head = { head: 'sequence-classification', problemType: 'single_label_classification', labels } as const;
const texts = ['abcdefgh', 'a', 'xyz', 'abcdef'];
let session: Session;
beforeAll(async () => {
  const model = tinyModel({ family: 'bert', typeVocabSize: 2, ...head });
  session = await Session.create({ model, backend: createReferenceBackend() });
});

describe('text-classification', () => {
  it("has transformers.js's shapes", async () => {
    const classify = await pipeline('text-classification', { session, tokenizer });
    expect(await classify('abc')).toHaveLength(1);
    const all = (await classify('abc', { top_k: null })) as { label: string; score: number }[];
    expect(all.map(({ label }) => label).sort()).toEqual([...labels].sort());
    expect(all.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 6);
    expect(all[0]!.score).toBeGreaterThanOrEqual(all[1]!.score);
    expect(await classify(texts)).toEqual((await classify.nested(texts)).map(([best]) => best));
    expect(await classify(texts, { top_k: 2 })).toEqual(await classify.nested(texts, { top_k: 2 }));
  });

  it('gives a batch what its texts get alone, in their order, bit for bit', async () => {
    const classify = await pipeline('text-classification', { session, tokenizer });
    const together = await classify.nested(texts, { top_k: 3 });
    for (const [i, text] of texts.entries()) {
      expect(await classify(text, { top_k: 3 })).toEqual(together[i]);
    }
  });

  it('reads a pair with its token types', async () => {
    const classify = await pipeline('text-classification', { session, tokenizer });
    const [pair] = await classify.nested([{ text: 'ab', text_pair: 'cd' }], { top_k: 3 });
    const { ids, typeIds } = tokenizer.encode('ab', { pair: 'cd' });
    const { data } = await session.classLogits([ids], { typeIds: [typeIds!] });
    expect(pair![0]!.label).toBe(labels[data.indexOf(Math.max(...data))]);
  });

  it('has the longer of two texts cut, by the tokenizer', async () => {
    const asked: unknown[] = [];
    const cutting: PipelineTokenizer = {
      ...tokenizer,
      encode(text, options = {}) {
        asked.push(options);
        return tokenizer.encode(options.maxLength ? 'abc' : text, options);
      },
    };
    const classify = await pipeline('text-classification', { session, tokenizer: cutting });
    const call = (text: string) => classify.nested([{ text, text_pair: 'cd' }], { top_k: 3 });
    expect(await call('abcdefghijkl')).toEqual(await call('abc'));
    const truncation = { strategy: 'longest_first', direction: 'right', stride: 0 };
    expect(asked[1]).toEqual({ pair: 'cd', padding: false, maxLength: 14, truncation });
    expect(asked).toHaveLength(3);
  });

  it('tells of progress, is cancelled, and refuses what it cannot do', async () => {
    const classify = await pipeline('text-classification', { session, tokenizer });
    const seen: number[][] = [];
    await classify(texts, { onProgress: (done, total) => seen.push([done, total]) });
    expect(seen.at(-1)).toEqual([4, 4]);
    const controller = new AbortController();
    controller.abort();
    expect(await codeOf(() => classify(texts, { signal: controller.signal }))).toMatchObject({
      code: 'ABORTED',
    });
    expect(await codeOf(() => classify('a', { top_k: 0 }))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    const encoder = await Session.create({ model: tinyModel(), backend: createReferenceBackend() });
    const refused = await codeOf(() => pipeline('text-classification', { session: encoder, tokenizer }));
    expect(refused).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('sentence-similarity', () => {
  it('is 1 for the same text and below for others, by the normalised mean', async () => {
    const similar = await pipeline('sentence-similarity', { session, tokenizer });
    const found = await similar({ source_sentence: 'abc', sentences: ['abc', 'xyzxyz'] });
    expect(found[0]).toBeCloseTo(1, 5);
    expect(found[1]).toBeLessThan(0.999);
    const features = await pipeline('feature-extraction', { session, tokenizer });
    const [a, b] = await features(['abc', 'xyzxyz'], { pooling: 'mean', normalize: true });
    expect(found[1]).toBeCloseTo(
      a!.data.reduce((sum, value, i) => sum + value * b!.data[i]!, 0),
      6,
    );
    expect(await codeOf(() => similar('abc' as never))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

it('a pipeline keeps weights as dtype says, and takes a backend by its name', async () => {
  const model = tinyModel(head);
  const refused = await codeOf(() =>
    pipeline('text-classification', {
      model,
      tokenizer,
      backend: createReferenceBackend(),
      dtype: 'q2' as never,
    }),
  );
  expect(refused).toMatchObject({ code: 'INVALID_ARGUMENT' });
  const unknown = await codeOf(() =>
    pipeline('text-classification', { model, tokenizer, backend: 'no-such' }),
  );
  expect(unknown.message).toContain('no-such');
});
