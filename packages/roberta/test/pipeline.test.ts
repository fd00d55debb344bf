import { createReferenceBackend } from '@lookupffn/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type PipelineTokenizer, pipeline, Session } from '../src/index.js';
import { codeOf, tinyModel } from './helpers/tiny.js';

const words = ['<s>', '<pad>', '</s>', '<unk>', '<mask>', ...'abcdefghijklmnopqrstuvwxyz'.split('')];

/** Splits at spaces; adds the sequence's tokens itself or leaves that to the pipeline. */
function wordTokenizer(wraps: boolean): PipelineTokenizer {
  return {
    encode(text) {
      const ids = text
        .split(' ')
        .filter(Boolean)
        .map((word) => Math.max(3, words.indexOf(word)));
      return { ids: Uint32Array.from(wraps ? [0, ...ids, 2] : ids) };
    },
    decode: (ids) => Array.from(ids, (id) => words[id] ?? `w${id}`).join(' '),
    specialTokens: { mask: { id: 4, content: '<mask>' } },
  };
}

/** One whose tokenizer.json holds a limit of its own, as those of published embedding models do. */
const limited: PipelineTokenizer = {
  ...wordTokenizer(true),
  encode(text, { truncation, maxLength = 4 } = {}) {
    const { ids } = wordTokenizer(true).encode(text);
    if (truncation === false || ids.length <= maxLength) return { ids };
    return { ids: [...Array.from(ids).slice(0, maxLength - 1), 2] };
  },
};

const model = tinyModel();
let session: Session;
beforeAll(async () => {
  session = await Session.create({ model, backend: createReferenceBackend() });
});

describe('fill-mask', () => {
  it('answers one mask with candidates, most probable first', async () => {
    const fill = await pipeline('fill-mask', { session, tokenizer: wordTokenizer(true) });
    const found = (await fill('a b <mask> c', { top_k: 3 })) as { token: number; score: number }[];
    const filled = await session.fillMask([[0, 5, 6, 4, 7, 2]], { topK: 3 });
    expect(found.map(({ token, score }) => ({ id: token, probability: score }))).toEqual(
      filled[0]![0]!.candidates,
    );
    for (const candidate of found) {
      const text = words[candidate.token] ?? `w${candidate.token}`;
      const hidden = ['<s>', '<pad>', '</s>'].includes(text);
      expect(candidate).toMatchObject({
        token_str: text,
        sequence: hidden ? 'a b c' : `a b ${text} c`,
      });
    }
  });

  it('nests for several masks, and for several texts', async () => {
    const fill = await pipeline('fill-mask', { session, tokenizer: wordTokenizer(true) });
    const two = (await fill('a <mask> <mask>', { top_k: 1 })) as { sequence: string; token_str: string }[][];
    expect(two).toHaveLength(2);
    // The other mask stays visible.
    expect(two[0]![0]!.sequence).toMatch(/ <mask>$/);
    expect(two[1]![0]!.sequence).toMatch(/^a <mask>/);
    const texts = ['a <mask>', 'a <mask> <mask>'];
    const many = await fill(texts, { top_k: 1 });
    expect(many).toEqual([await fill(texts[0]!, { top_k: 1 }), two]);
    const nested = await fill.nested(texts, { top_k: 1 });
    expect(nested.map((masks) => masks.length)).toEqual([1, 2]);
    expect(await fill([])).toEqual([]);
  });

  it('gives the same with a tokenizer that adds no special tokens', async () => {
    const wrapped = await pipeline('fill-mask', { session, tokenizer: wordTokenizer(true) });
    const bare = await pipeline('fill-mask', { session, tokenizer: wordTokenizer(false) });
    expect(await bare('<mask> x')).toEqual(await wrapped('<mask> x'));
  });

  it('says what to do about a text without a mask, and which', async () => {
    const fill = await pipeline('fill-mask', { session, tokenizer: wordTokenizer(true) });
    const error = await codeOf(() => fill(['a <mask>', 'no mask']));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', details: { text: 1 } });
    expect(error.message).toMatch(/"no mask".*Write <mask>/);
    expect(await codeOf(() => fill(3 as never))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await codeOf(() => fill(`${'a '.repeat(12)}<mask>`))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('is cancelled through its signal', async () => {
    const fill = await pipeline('fill-mask', { session, tokenizer: wordTokenizer(true) });
    const { signal } = Object.assign(new AbortController(), {});
    const controller = new AbortController();
    controller.abort();
    expect(await codeOf(() => fill('<mask>', { signal: controller.signal }))).toMatchObject({
      code: 'ABORTED',
    });
    expect(await fill('<mask>', { signal })).toHaveLength(5);
  });

  it('disposes the session it made, not one it was given', async () => {
    const tokenizer = wordTokenizer(true);
    const own = await pipeline('fill-mask', { model, backend: createReferenceBackend(), tokenizer });
    await own.dispose();
    expect(await codeOf(() => own('<mask>'))).toMatchObject({ code: 'DISPOSED' });
    const given = await pipeline('fill-mask', { session, tokenizer });
    await given.dispose();
    expect(await given('<mask>')).toHaveLength(5);
  });

  it('refuses an unknown task, no tokenizer, a tokenizer without a mask', async () => {
    const tokenizer = wordTokenizer(true);
    const cases: [() => unknown, RegExp][] = [
      [() => pipeline('translate' as never, { session, tokenizer }), /translate.*fill-mask/],
      [() => pipeline('fill-mask', { session } as never), /tokenizer/],
      [
        () => pipeline('fill-mask', { session, tokenizer: { ...tokenizer, specialTokens: {} } }),
        /mask token/,
      ],
    ];
    for (const [run, message] of cases) {
      const error = await codeOf(run);
      expect(error.code).toBe('INVALID_ARGUMENT');
      expect(error.message).toMatch(message);
    }
  });
});

describe('a text of more tokens than the model takes', () => {
  // The position table of the tiny model has room for 12.
  const long = 'a b c d e f g h i j k l m n';
  const letters = (count: number) => Array.from({ length: count }, (_, i) => 5 + i);

  it.each([
    ['what the positions allow', undefined, 12],
    ['max_seq_length', 8, 8],
    ['the positions, not a max_seq_length past them', 512, 12],
  ])("is cut at %s, whatever the tokenizer's own limit", async (_, maxLength, limit) => {
    const sentence = { pooling: 'mean', normalize: false, ...(maxLength ? { maxLength } : {}) } as const;
    const own = await Session.create({
      model: { ...model, config: { ...model.config, sentence } },
      backend: createReferenceBackend(),
    });
    const expected = await own.hiddenStates([[0, ...letters(limit - 2), 2]]);
    for (const tokenizer of [limited, wordTokenizer(true), wordTokenizer(false)]) {
      const features = await pipeline('feature-extraction', { session: own, tokenizer });
      expect((await features(long)).data).toEqual(expected.data);
      const refused = await codeOf(() => features(long, { truncation: false }));
      expect(refused).toMatchObject({ code: 'INVALID_ARGUMENT', details: { length: 16, limit } });
      // One that fits is whole, also past what the tokenizer holds.
      expect((await features('a b c d', { truncation: false })).dims).toEqual([6, 12]);
    }
    await own.dispose();
  });

  it('has its masks answered or is refused: none is lost in silence', async () => {
    const fill = await pipeline('fill-mask', { session, tokenizer: limited });
    expect(await fill(`a b c <mask> ${long}`)).toHaveLength(5);
    const lost = await codeOf(() => fill(['<mask>', `<mask> ${long} <mask>`]));
    expect(lost).toMatchObject({ code: 'INVALID_ARGUMENT', details: { text: 1, limit: 12 } });
    expect(lost.message).toMatch(/past the 12 tokens/);
  });
});

describe('feature-extraction', () => {
  it('gives a vector a token, the first, or their mean, of length 1 when asked', async () => {
    const features = await pipeline('feature-extraction', { session, tokenizer: wordTokenizer(true) });
    const [full, other] = await features(['a b c', 'd']);
    expect(full!.dims).toEqual([5, 12]);
    expect(other!.dims).toEqual([3, 12]);
    const expected = await session.hiddenStates([[0, 5, 6, 7, 2]]);
    expect(full!.data).toEqual(expected.data);
    const first = await features('a b c', { pooling: 'cls' });
    expect(first).toEqual({ data: expected.data.slice(0, 12), dims: [12] });
    const mean = await features('a b c', { pooling: 'mean' });
    const column = [0, 1, 2, 3, 4].reduce((sum, row) => sum + expected.data[row * 12 + 7]!, 0) / 5;
    expect(mean.data[7]).toBeCloseTo(column, 5);
    const unit = await features('a b c', { pooling: 'mean', normalize: true });
    expect(Math.hypot(...unit.data)).toBeCloseTo(1, 5);
    expect(await codeOf(() => features('a', { pooling: 'max' as never }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});
