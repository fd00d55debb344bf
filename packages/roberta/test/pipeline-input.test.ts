import { createReferenceBackend } from '@lookupffn/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type PipelineTokenizer, pipeline, Session } from '../src/index.js';
import { codeOf, tinyModel } from './helpers/tiny.js';

/** One id a letter. */
const tokenizer: PipelineTokenizer = {
  encode: (text) => ({ ids: Array.from(text, (letter) => (letter === '_' ? 4 : 5)) }),
  decode: () => '',
  specialTokens: { mask: { id: 4, content: '_' } },
};
const model = tinyModel();
const backend = createReferenceBackend();
let session: Session;
beforeAll(async () => {
  session = await Session.create({ model, backend });
});

// What plain JavaScript may pass where TypeScript would not let it.
// biome-ignore lint/suspicious/noExplicitAny: that is the test.
type Anything = any;

async function refused(run: () => unknown, message: RegExp): Promise<void> {
  const error = await codeOf(run);
  expect(error.code).toBe('INVALID_ARGUMENT');
  expect(error.message).toMatch(message);
}

describe('a pipeline is refused, naming the option, with', () => {
  it.each<[string, Anything, RegExp]>([
    ['no options', undefined, /options .*undefined/],
    ['null for options', null, /options .*null/],
    ['no tokenizer', { model, backend }, /tokenizer is undefined/],
    ['no model', { tokenizer }, /needs a model, or a session/],
    ['a number for a model', { tokenizer, model: 5 }, /model is 5/],
    ['an object that is no model', { tokenizer, model: { config: model.config } }, /model is an object/],
    ['no path', { tokenizer, model: '' }, /model is ""/],
    ['a backend that is none', { tokenizer, model, backend: {} }, /backend is an object/],
    ['null for a backend', { tokenizer, model, backend: null }, /backend is null/],
    ['a session that is none', { tokenizer, session: 'a' }, /session is "a"/],
    ['null for a session', { tokenizer, session: null, model, backend }, /session is null/],
    ['an unknown dtype', { tokenizer, model, backend, dtype: 4 }, /dtype is 4/],
  ])('%s', async (_, options, message) => {
    for (const task of ['fill-mask', 'feature-extraction'] as const) {
      await refused(() => pipeline(task, options), message);
    }
  });

  it('a model that lacks the head of its task, and whose session is not left open', async () => {
    const classes = { labels: ['a', 'b'], problemType: 'single_label_classification' } as const;
    const cases = [
      ['fill-mask', tinyModel({ head: 'none' }), /masked-lm head; this checkpoint has no head at all/],
      [
        'fill-mask',
        tinyModel({ head: 'sequence-classification', ...classes }),
        /masked-lm head; this checkpoint has a sequence-classification head/,
      ],
      ['text-classification', model, /sequence-classification head; .*a masked-lm head.*finetune/],
    ] as const;
    for (const [task, other, message] of cases) {
      let disposed = 0;
      const counting = {
        ...{ name: 'counting', apiVersion: 1, priority: 0, probe: () => ({ ok: true, reason: '' }) },
        create: async () => ({
          ...createReferenceBackend(),
          dispose: () => {
            disposed++;
          },
        }),
      };
      await refused(
        () => pipeline(task, { model: other, tokenizer, backend: counting as Anything }),
        message,
      );
      expect(disposed).toBe(1);
    }
  });
});

it('a session that is undefined is none: the model beside it is used', async () => {
  const options: Anything = { tokenizer, model, backend, session: undefined };
  const features = await pipeline('feature-extraction', options);
  expect((await features('ab')).dims).toEqual([4, 12]);
  await features.dispose();
});

it('a session refuses what is no model or backend, too', async () => {
  await refused(() => Session.create(undefined as Anything), /options are undefined/);
  await refused(() => Session.create({ model: 5 } as Anything), /model is 5/);
  await refused(() => Session.create({ model, backend: 'native' } as Anything), /backend is "native"/);
});

describe('a call is refused, naming the option, with', () => {
  it.each<[string, Anything, RegExp]>([
    ['null for options', null, /options .*null/],
    ['a controller for a signal', { signal: new AbortController() }, /signal is an object.*give its signal/],
    ['a number for onProgress', { onProgress: 5 }, /onProgress is 5/],
    ['a text for truncation', { truncation: 'no' }, /truncation is "no"/],
  ])('%s', async (_, options, message) => {
    const fill = await pipeline('fill-mask', { session, tokenizer });
    const features = await pipeline('feature-extraction', { session, tokenizer });
    const similar = await pipeline('sentence-similarity', { session, tokenizer });
    await refused(() => fill('_', options), message);
    await refused(() => fill.nested(['_'], options), message);
    await refused(() => features(['a'], options), message);
    await refused(() => similar({ source_sentence: 'a', sentences: ['b'] }, options), message);
  });

  it('top_k that is no count, in its own name', async () => {
    const fill = await pipeline('fill-mask', { session, tokenizer });
    await refused(() => fill('_', { top_k: '3' } as Anything), /^top_k is "3"; .* from 1 to 40/);
    await refused(() => fill('_', { top_k: 41 }), /^top_k is 41/);
    await refused(() => session.fillMask([[4]], { topK: '3' } as Anything), /^topK is "3"/);
  });

  it('texts that are none', async () => {
    const fill = await pipeline('fill-mask', { session, tokenizer });
    await refused(() => fill.nested('text' as Anything), /array of texts, not "text"/);
    await refused(() => fill(null as Anything), /not null/);
    await refused(() => fill(['_', 7] as Anything), /not number/);
  });
});
