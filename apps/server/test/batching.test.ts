import { LookupFfnError } from '@lookupffn/core';
import type { Session } from '@lookupffn/roberta';
import { Batcher, type BatcherOptions } from '@lookupffn/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HeldSession, tinySession } from './tiny-models.js';

let session: Session;
beforeAll(async () => {
  session = await tinySession();
});
afterAll(() => session?.dispose());

const never = new AbortController().signal;
const copy = (rows: Float32Array) => rows.slice();
/** Sequences of the given lengths, all different. */
const sequences = (...lengths: number[]) =>
  lengths.map((length, i) => Array.from({ length }, (_, t) => 5 + ((7 * i + 3 * t) % 200)));

function held(options: Partial<BatcherOptions> = {}) {
  const inner = new HeldSession(session);
  return { inner, batcher: new Batcher(inner, { maxBatchTokens: 64, maxQueueTokens: 1000, ...options }) };
}

describe('batching', () => {
  it('answers each sequence of a batch as it would alone, to the bit', async () => {
    const reports: number[] = [];
    const batcher = new Batcher(session, {
      maxBatchTokens: 40,
      maxQueueTokens: 1000,
      onBatch: ({ tokens }) => reports.push(tokens),
    });
    const all = sequences(3, 17, 9, 30, 2, 11, 25, 40, 6);
    const together = await Promise.all([
      batcher.hidden(all.slice(0, 4), copy, never),
      batcher.hidden(all.slice(4), copy, never),
    ]);
    for (const [i, sequence] of all.entries()) {
      const alone = await session.hiddenStates([sequence]);
      expect(together.flat()[i]).toEqual(alone.data);
    }
    expect(reports.reduce((sum, tokens) => sum + tokens, 0)).toBe(143);
    for (const tokens of reports) expect(tokens).toBeLessThanOrEqual(40);
    expect(reports.length).toBeLessThan(all.length);
  });

  it('takes turns between clients, within the budget of tokens', async () => {
    const { inner, batcher } = held({ maxBatchTokens: 20 });
    const large = batcher.hidden(sequences(8, 8, 8, 8, 8), copy, never);
    const first = await inner.batch(0);
    expect(first.sequences.map(({ length }) => length)).toEqual([8, 8]);
    const small = batcher.hidden(sequences(5), copy, never);
    first.release();
    const second = await inner.batch(1);
    expect(second.sequences.map(({ length }) => length)).toEqual([8, 5]);
    second.release();
    expect((await small)[0]).toHaveLength(5 * 16);
    (await inner.batch(2)).release();
    expect((await large).map(({ length }) => length / 16)).toEqual([8, 8, 8, 8, 8]);
  });

  it('gathers what arrives while a batch is computed', async () => {
    const { inner, batcher } = held();
    const answers = [batcher.hidden(sequences(4), copy, never)];
    const first = await inner.batch(0);
    for (let i = 0; i < 5; i++) answers.push(batcher.hidden(sequences(4), copy, never));
    expect(batcher.waitingSequences).toBe(5);
    expect(batcher.waitingTokens).toBe(20);
    first.release();
    const second = await inner.batch(1);
    expect(second.sequences).toHaveLength(5);
    second.release();
    expect(await Promise.all(answers)).toHaveLength(6);
    expect(batcher.waitingTokens).toBe(0);
  });

  it('has the next batch computed before it hands out the results of the last', async () => {
    const { inner, batcher } = held({ maxBatchTokens: 8 });
    const batchesSeen: number[] = [];
    const read = (rows: Float32Array) => {
      batchesSeen.push(inner.batches.length);
      return rows.length;
    };
    const answers = [batcher.hidden(sequences(8), read, never), batcher.hidden(sequences(8), read, never)];
    (await inner.batch(0)).release();
    await answers[0];
    expect(batchesSeen).toEqual([2]);
    inner.batches[1]!.release();
    await answers[1];
    expect(batchesSeen).toEqual([2, 2]);
  });

  it('fills masks with different numbers of candidates in one batch', async () => {
    const { inner, batcher } = held();
    const mask = 4;
    const text = [0, 20, mask, 30, 2];
    const blocking = batcher.fill([text], { topK: 1, maskTokenId: mask, signal: never });
    const first = await inner.batch(0);
    const few = batcher.fill([text], { topK: 2, maskTokenId: mask, signal: never });
    const many = batcher.fill([[0, mask, 9, mask, 2]], { topK: 5, maskTokenId: mask, signal: never });
    first.release();
    const second = await inner.batch(1);
    expect(second.sequences).toHaveLength(2);
    second.release();
    await blocking;
    expect(await few).toEqual(await session.fillMask([text], { topK: 2, maskTokenId: mask }));
    expect((await many)[0]).toHaveLength(2);
    expect((await many)[0]![0]!.candidates).toHaveLength(5);
  });

  it.each([
    ['a single sequence', [30]],
    ['an array of sequences', [10, 10, 10]],
  ])('refuses %s alike when the queue is full', async (_, lengths) => {
    const { inner, batcher } = held({ maxQueueTokens: 40 });
    const running = batcher.hidden(sequences(20), copy, never);
    const first = await inner.batch(0);
    const waiting = batcher.hidden(sequences(15), copy, never);
    await expect(batcher.hidden(sequences(...lengths), copy, never)).rejects.toMatchObject({
      code: 'OVERLOADED',
      retryAfter: 1,
    });
    const fits = batcher.hidden(sequences(25), copy, never);
    first.release();
    (await inner.batch(1)).release();
    await Promise.all([running, waiting, fits]);
  });

  it('refuses for good what could never enter the queue', async () => {
    const { batcher } = held({ maxQueueTokens: 40 });
    await expect(batcher.hidden(sequences(20, 21), copy, never)).rejects.toMatchObject({
      code: 'INPUT_TOO_LONG',
    });
  });

  it('drops a client that has gone; stops the batch once all of them have', async () => {
    const { inner, batcher } = held({ maxBatchTokens: 16 });
    const clients = [new AbortController(), new AbortController(), new AbortController()];
    const answers = clients.map(({ signal }) => batcher.hidden(sequences(8), copy, signal).catch((e) => e));
    const first = await inner.batch(0);
    expect(first.sequences).toHaveLength(2);
    clients[2]!.abort();
    expect(batcher.waitingSequences).toBe(0);
    clients[0]!.abort();
    expect(first.signal.aborted).toBe(false);
    clients[1]!.abort();
    expect(first.signal.aborted).toBe(true);
    for (const answer of answers) expect(await answer).toMatchObject({ code: 'ABORTED' });
    // And goes on with whoever comes next.
    const next = batcher.hidden(sequences(3), copy, never);
    (await inner.batch(1)).release();
    expect(await next).toHaveLength(1);
  });

  it('computes one by one when a batch fails, so that only the culprit is refused', async () => {
    const { inner, batcher } = held();
    const answers = [3, 4].map((n) => batcher.hidden(sequences(n), copy, never).catch((e) => e));
    (await inner.batch(0)).release(new LookupFfnError('NOT_FINITE', 'NaN'));
    (await inner.batch(1)).release();
    (await inner.batch(2)).release(new LookupFfnError('NOT_FINITE', 'NaN'));
    expect(await answers[0]).toHaveLength(1);
    expect(await answers[1]).toMatchObject({ code: 'NOT_FINITE' });
  });

  it('fails all of a batch when the session has died', async () => {
    const { inner, batcher } = held();
    const answers = [3, 4].map((n) => batcher.hidden(sequences(n), copy, never).catch((e) => e));
    (await inner.batch(0)).release(new LookupFfnError('SESSION_FAILED', 'gone'));
    for (const answer of answers) expect(await answer).toMatchObject({ code: 'SESSION_FAILED' });
  });
});
