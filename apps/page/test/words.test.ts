import { createReferenceBackend } from '@lookupffn/core';
import { pipeline, Session } from '@lookupffn/roberta';
import { describe, expect, it } from 'vitest';
import { fillMasks } from '../src/worker/fill.js';
import { prepareModel } from '../src/worker/models.js';
import { filesOf, lookup, prepared, texts, tinyModel, tokenizer } from './tiny-model.js';

const backend = createReferenceBackend();

describe('words for masks', () => {
  it.each([{ kind: 'dense' } as const, lookup])('agree with the pipeline: $kind', async (ffn) => {
    const session = await Session.create({ model: tinyModel(ffn), backend, thread: 'caller' });
    const fill = await pipeline('fill-mask', { session, tokenizer });
    const [expected] = await fill.nested(['the <mask> of <mask>'], { top_k: 5 });
    const text = 'the <mask> of <mask>';
    const { masks, milliseconds } = fillMasks(backend, await prepared(backend, ffn), {
      model: 0,
      text,
      topK: 5,
    });
    expect(masks).toHaveLength(2);
    masks.forEach((list, i) => {
      expect(list.map((guess) => guess.text)).toEqual(expected![i]!.map((one) => one.token_str));
      for (const [k, { probability }] of list.entries())
        expect(probability).toBeCloseTo(expected![i]![k]!.score, 5);
    });
    expect(milliseconds).toBeGreaterThan(0);
    await session.dispose();
  });

  it('say what is missing, and what is too long', async () => {
    const model = await prepared(backend);
    const fill = (text: string) => () => fillMasks(backend, model, { model: 0, text, topK: 5 });
    expect(fill('no gap')).toThrow('Put <mask> where a word is missing');
    expect(fill(`<mask> ${texts.join(' ').repeat(20)}`)).toThrow(/has \d+ tokens; this model takes 62/);
    // And the model still answers.
    expect(fill('a <mask>')().masks[0]).toHaveLength(5);
  });

  it('are no more than there are words', async () => {
    const size = tokenizer.vocabularySize;
    const model = await prepared(backend);
    const { masks } = fillMasks(backend, model, { model: 0, text: '<mask>', topK: 10 * size });
    expect(masks[0]).toHaveLength(size);
    const sum = masks[0]!.reduce((total, { probability }) => total + probability, 0);
    expect(sum).toBeCloseTo(1, 4);
  });
});

describe('a model whose files are broken', () => {
  it('is refused with the name of the file', async () => {
    const files = await filesOf(tinyModel());
    const { name, bytes } = files.weights;
    const cut = { ...files, weights: { name, bytes: bytes.subarray(0, bytes.length - 100) } };
    await expect(prepareModel(backend, cut)).rejects.toMatchObject({
      code: 'FILE_CORRUPT',
      message: expect.stringContaining('model.safetensors'),
    });
  });
});
