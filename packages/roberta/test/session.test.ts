import { createReferenceBackend, defineBackend, referenceFactory, registerBackend } from '@lookupffn/core';
import { describe, expect, it } from 'vitest';
import { Session, type SessionOptions } from '../src/index.js';
import { built, codeOf, lookup, tinyModel } from './helpers/tiny.js';

const model = tinyModel({ ffn: lookup });
const sequences = [[0, 7, 4, 9, 2], [0, 2], [], [0, 30, 11, 4, 4, 25, 8, 16, 5, 39, 12, 2]];

const onCaller = (options: Partial<SessionOptions> = {}) =>
  Session.create({ model, backend: createReferenceBackend(), ...options });
const inWorker = async (options: Partial<SessionOptions> = {}) =>
  (await built()).Session.create({ model, backend: referenceFactory, thread: 'worker', ...options });

// What holds on any thread is tested on both.
describe.each([
  ['the caller', onCaller],
  ['a worker', inWorker],
] as const)('a session on %s', (_, create) => {
  it('gives for a batch what it gives one by one, to the bit, however the batch is cut', async () => {
    const whole = await create();
    const cut = await create({ maxBatchTokens: 5 });
    const batch = await whole.hiddenStates(sequences);
    expect(Array.from(batch.offsets)).toEqual([0, 5, 7, 7, 19]);
    expect((await cut.hiddenStates(sequences)).data).toEqual(batch.data);
    const masks = await whole.fillMask(sequences, { topK: 7 });
    expect(await cut.fillMask(sequences, { topK: 7 })).toEqual(masks);
    for (const [i, sequence] of sequences.entries()) {
      const rows = batch.data.slice(batch.offsets[i]! * 12, batch.offsets[i + 1]! * 12);
      expect((await whole.hiddenStates([sequence])).data).toEqual(rows);
      expect(await whole.fillMask([sequence], { topK: 7 })).toEqual([masks[i]]);
    }
    await Promise.all([whole.dispose(), cut.dispose()]);
  });

  it('fills asked positions, found masks and none', async () => {
    const session = await create();
    const found = await session.fillMask(sequences, { topK: 2 });
    expect(found.map((masks) => masks.map(({ position }) => position))).toEqual([[2], [], [], [3, 4]]);
    const asked = await session.fillMask(sequences, { topK: 2, positions: [[4, 2], [], [], []] });
    expect(asked[0]![1]).toEqual(found[0]![0]);
    expect(asked[0]![0]!.position).toBe(4);
    expect(await session.fillMask([])).toEqual([]);
    expect((await session.hiddenStates([])).data).toHaveLength(0);
    await session.dispose();
  });

  it('has losses that are minus the logarithm of what fillMask says', async () => {
    const session = await create();
    const filled = await session.fillMask([sequences[0]!], { topK: 40 });
    const losses = await session.maskedLosses([sequences[0]!, []], [[2, 2], []], [[5, 31], []]);
    const probability = (id: number) =>
      filled[0]![0]!.candidates.find((candidate) => candidate.id === id)!.probability;
    expect(losses[0]).toBeCloseTo(-Math.log(probability(5)), 5);
    expect(losses[1]).toBeCloseTo(-Math.log(probability(31)), 5);
    await session.dispose();
  });

  it('answers many requests at once, each with its own', async () => {
    const session = await create();
    const single = await Promise.all(sequences.map((ids) => session.hiddenStates([ids])));
    const batch = await session.hiddenStates(sequences);
    const joined = single.flatMap(({ data }) => Array.from(data));
    expect(Array.from(batch.data)).toEqual(joined);
    await session.dispose();
  });

  it('refuses bad input with a code, and goes on', async () => {
    const session = await create();
    const long = Array(13).fill(7);
    const cases: [() => unknown, string, RegExp][] = [
      [() => session.hiddenStates([[0, 40, 2]]), 'INDEX_OUT_OF_RANGE', /is 40.*0 to 39/],
      [() => session.hiddenStates([[0], [-1]]), 'INDEX_OUT_OF_RANGE', /sequence 1/],
      [() => session.hiddenStates([[Number.NaN]]), 'INDEX_OUT_OF_RANGE', /NaN/],
      [() => session.hiddenStates([[1.5]]), 'INDEX_OUT_OF_RANGE', /1.5/],
      [() => session.hiddenStates([long]), 'INVALID_ARGUMENT', /13 tokens.*at most 12/],
      [() => session.hiddenStates([0, 4, 2] as never), 'INVALID_ARGUMENT', /\[ids\]/],
      [() => session.hiddenStates(undefined as never), 'INVALID_ARGUMENT', /\[ids\]/],
      [() => session.fillMask([[4]], { topK: 0 }), 'INVALID_ARGUMENT', /1 to 40/],
      [() => session.fillMask([[4]], { topK: 41 }), 'INVALID_ARGUMENT', /41/],
      [() => session.fillMask([[4]], { positions: [[1]] }), 'INDEX_OUT_OF_RANGE', /1 tokens/],
      [() => session.fillMask([[4]], { positions: [] }), 'INVALID_ARGUMENT', /each sequence/],
      [() => session.maskedLogits([[4]], undefined as never), 'INVALID_ARGUMENT', /each sequence/],
      [() => session.maskedLosses([[4]], [[0]], [[]]), 'INVALID_ARGUMENT', /1 positions and 0 targets/],
      [() => session.maskedLosses([[4]], [[0]], [[40]]), 'INDEX_OUT_OF_RANGE', /40/],
    ];
    for (const [run, code, message] of cases) {
      const error = await codeOf(run);
      expect(error).toMatchObject({ code });
      expect(error.message).toMatch(message);
    }
    expect((await session.fillMask([[0, 4, 2]]))[0]![0]!.candidates).toHaveLength(5);
    await session.dispose();
  });

  it('stops what is cancelled: before, waiting, running', async () => {
    const session = await create();
    const done = new AbortController();
    done.abort();
    expect(await codeOf(() => session.hiddenStates(sequences, { signal: done.signal }))).toMatchObject({
      code: 'ABORTED',
    });
    const first = new AbortController();
    const second = new AbortController();
    const running = codeOf(() => session.hiddenStates(sequences, { signal: first.signal }));
    const waiting = codeOf(() => session.hiddenStates(sequences, { signal: second.signal }));
    const last = session.hiddenStates(sequences);
    second.abort();
    expect(await waiting).toMatchObject({ code: 'ABORTED', message: expect.stringContaining('its turn') });
    first.abort();
    expect(await running).toMatchObject({ code: 'ABORTED' });
    expect((await last).data).toHaveLength(19 * 12);
    await session.dispose();
  });

  it('rejects what is under way and what comes after dispose', async () => {
    const session = await create();
    const pending = [1, 2, 3].map(() => codeOf(() => session.hiddenStates(sequences)));
    await session.dispose();
    await session.dispose();
    expect((await Promise.all(pending)).map(({ code }) => code)).toEqual([
      'DISPOSED',
      'DISPOSED',
      'DISPOSED',
    ]);
    expect(await codeOf(() => session.fillMask([[0, 4, 2]]))).toMatchObject({ code: 'DISPOSED' });
  });

  it('refuses a model whose weights do not fit', async () => {
    const weights = new Map(model.weights);
    weights.delete('lm_head.bias');
    const error = await codeOf(() => create({ model: { config: model.config, weights } }));
    expect(error).toMatchObject({ code: 'TENSOR_MISSING', details: { tensor: 'lm_head.bias' } });
  });
});

describe('a session on the caller', () => {
  it('lets the event loop turn between layers', async () => {
    const deep = tinyModel({ numHiddenLayers: 20 });
    const session = await onCaller({ model: deep });
    let turns = 0;
    let counting = true;
    const count = () => {
      turns++;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    await session.hiddenStates(sequences);
    counting = false;
    expect(turns).toBeGreaterThanOrEqual(20);
  });

  it('stops at the next layer', async () => {
    let layers = 0;
    const controller = new AbortController();
    const reference = createReferenceBackend();
    const backend = defineBackend({
      name: 'counting',
      ops: {
        attention(...args) {
          layers++;
          if (layers === 20 + 3) controller.abort();
          reference.ops.attention(...args);
        },
      },
    });
    const session = await onCaller({ model: tinyModel({ numHiddenLayers: 20 }), backend });
    expect(layers).toBe(20);
    const error = await codeOf(() => session.hiddenStates(sequences, { signal: controller.signal }));
    expect(error.code).toBe('ABORTED');
    expect(layers).toBe(23);
  });

  it('leaves a Backend it was handed alone, and disposes one it made', async () => {
    const disposed: string[] = [];
    const make = (name: string) => defineBackend({ name, dispose: () => disposed.push(name) });
    const handed = await onCaller({ backend: make('handed') });
    await handed.dispose();
    const factory = { ...referenceFactory, module: undefined, create: async () => make('made') };
    const owned = await onCaller({ backend: factory });
    expect(owned.info).toMatchObject({ backend: 'made', thread: 'caller' });
    await owned.dispose();
    expect(disposed).toEqual(['made']);
    const broken = { ...model, weights: new Map() };
    await codeOf(() => onCaller({ backend: factory, model: broken }));
    expect(disposed).toEqual(['made', 'made']);
  });

  it('tells what it runs on', async () => {
    const session = await onCaller();
    expect(session.info).toMatchObject({
      backend: 'reference',
      isa: 'js',
      threads: 1,
      thread: 'caller',
      parameters: [...model.weights.values()].reduce((sum, { length }) => sum + length, 0),
      dtypes: ['f32'],
    });
  });

  it('takes the registered backend when none is given', async () => {
    expect(await codeOf(() => Session.create({ model }))).toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
    registerBackend({ ...referenceFactory, module: undefined });
    const session = await Session.create({ model });
    expect(session.info.backend).toBe('reference');
  });

  it('says why it cannot be in a worker', async () => {
    const backend = createReferenceBackend();
    const error = await codeOf(() => onCaller({ backend, thread: 'worker' }));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('factory') });
  });

  it('refuses to fill masks it cannot find, and logits that are NaN', async () => {
    const { maskTokenId, ...config } = model.config;
    const session = await onCaller({ model: { ...model, config } });
    expect(await codeOf(() => session.fillMask([[0, 4, 2]]))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await session.fillMask([[0, 4, 2]], { maskTokenId })).toHaveLength(1);
    // Large finite weights overflow on the way.
    const weights = new Map(model.weights);
    weights.set('lm_head.layer_norm.weight', new Float32Array(12).fill(3e38));
    const huge = codeOf(async () => (await onCaller({ model: { ...model, weights } })).fillMask([[0, 4, 2]]));
    expect(await huge).toMatchObject({ code: 'NOT_FINITE' });
  });
});
