import { isLookupFfnError, LookupFfnError } from '@lookupffn/core';
import type { FilledMask, Session } from '@lookupffn/roberta';
import { overloaded, tooManyTokens } from '../api/errors.js';
import { turn } from '../turn.js';
import { Rate } from './rate.js';
import { type Item, type Job, WorkList } from './work-list.js';

/** What a batcher needs of a session. */
export type BatchSession = Pick<Session, 'hiddenStates' | 'fillMask' | 'classLogits'>;

export interface BatcherOptions {
  /** Most tokens in a batch; a single longer sequence goes alone. */
  readonly maxBatchTokens: number;
  /** Most tokens that may wait. */
  readonly maxQueueTokens: number;
  readonly onBatch?: (batch: BatchReport) => void;
}

export interface BatchReport {
  readonly tokens: number;
  readonly sequences: number;
  readonly seconds: number;
}

/** Token ids, and where a model tells two texts apart by types, which each token belongs to. */
export interface TypedSequence {
  readonly ids: ArrayLike<number>;
  readonly typeIds?: ArrayLike<number>;
}

interface Work extends Job {
  readonly topK: number;
  readonly typeIds?: readonly (ArrayLike<number> | undefined)[];
  readonly maskTokenId?: number;
  /** Reads a sequence's result out of the batch's. */
  deliver(index: number, result: Float32Array | FilledMask[]): void;
  unfinished: number;
  settled: boolean;
  finish(): void;
  fail(error: unknown): void;
}

interface RunningBatch {
  readonly controller: AbortController;
  /** Jobs whose clients still wait for something in it. */
  readonly members: Set<Work>;
}

/** Errors after which computing the members one by one would only fail again. */
const fatal = new Set(['SESSION_FAILED', 'DISPOSED', 'OUT_OF_MEMORY']);

/**
 * The queue in front of one model. While a batch is computed requests gather; then as many of their sequences as the
 * budget of tokens allows make the next one, packed without padding. What a sequence is answered does not depend on
 * its batch, to the bit, for that of a session does not.
 */
export class Batcher {
  readonly rate = new Rate();
  readonly #session: BatchSession;
  readonly #options: BatcherOptions;
  readonly #waiting = new WorkList<Work>();
  #running: RunningBatch | undefined;
  /** A batch runs, or will when the event loop comes round. */
  #busy = false;

  constructor(session: BatchSession, options: BatcherOptions) {
    this.#session = session;
    this.#options = options;
  }

  get waitingTokens(): number {
    return this.#waiting.tokens;
  }

  get waitingSequences(): number {
    return this.#waiting.sequences;
  }

  /**
   * Hidden states of each sequence, `[tokens, hiddenSize]`, as `read` makes something of them: the rows are only lent
   * to it. Rejects with 429 when the queue is full, with `ABORTED` once the signal fires, else as the session does.
   */
  hidden<R>(
    sequences: readonly ArrayLike<number>[],
    read: (rows: Float32Array, index: number) => R,
    signal: AbortSignal,
  ): Promise<R[]> {
    const results = new Array<R>(sequences.length);
    const deliver = (index: number, rows: Float32Array | FilledMask[]) => {
      results[index] = read(rows as Float32Array, index);
    };
    return this.#add({ kind: 'hidden', sequences, topK: 0, deliver }, results, signal);
  }

  /** The likeliest tokens at each mask of each sequence. Rejects as `hidden`. */
  fill(
    sequences: readonly ArrayLike<number>[],
    options: { readonly topK: number; readonly maskTokenId?: number; readonly signal: AbortSignal },
  ): Promise<FilledMask[][]> {
    const { topK, maskTokenId, signal } = options;
    const results = new Array<FilledMask[]>(sequences.length);
    const deliver = (index: number, filled: Float32Array | FilledMask[]) => {
      // The batch was computed for the largest topK in it, of which this is the beginning.
      results[index] = (filled as FilledMask[]).map(({ position, candidates }) => ({
        position,
        candidates: candidates.slice(0, topK),
      }));
    };
    return this.#add({ kind: 'fill', sequences, topK, maskTokenId, deliver }, results, signal);
  }

  /** The classification head's logits of each sequence. Rejects as `hidden`. */
  classes(inputs: readonly TypedSequence[], signal: AbortSignal): Promise<Float32Array[]> {
    const results = new Array<Float32Array>(inputs.length);
    const deliver = (index: number, logits: Float32Array | FilledMask[]) => {
      results[index] = logits as Float32Array;
    };
    const sequences = inputs.map(({ ids }) => ids);
    const typeIds = inputs.map((input) => input.typeIds);
    return this.#add({ kind: 'classes', sequences, typeIds, topK: 0, deliver }, results, signal);
  }

  #add<R>(
    job: Pick<Work, 'kind' | 'sequences' | 'typeIds' | 'topK' | 'maskTokenId' | 'deliver'>,
    results: R[],
    signal: AbortSignal,
  ): Promise<R[]> {
    return new Promise<R[]>((resolve, reject) => {
      if (signal.aborted) throw cancelled(signal);
      if (job.sequences.length === 0) return resolve(results);
      this.#makeRoom(job.sequences);
      const settle = () => {
        work.settled = true;
        signal.removeEventListener('abort', onAbort);
        this.#waiting.remove(work);
        this.#leave(work);
      };
      const work: Work = {
        ...job,
        next: 0,
        unfinished: job.sequences.length,
        settled: false,
        finish() {
          settle();
          resolve(results);
        },
        fail(error) {
          settle();
          reject(error);
        },
      };
      const onAbort = () => work.fail(cancelled(signal));
      signal.addEventListener('abort', onAbort);
      this.#waiting.add(work);
      this.#schedule();
    });
  }

  /** One rule for one text and for many: a request enters whole or is refused whole. */
  #makeRoom(sequences: readonly ArrayLike<number>[]): void {
    let tokens = 0;
    for (const sequence of sequences) tokens += sequence.length;
    const { maxQueueTokens } = this.#options;
    if (tokens > maxQueueTokens) throw tooManyTokens(tokens, maxQueueTokens);
    if (this.#waiting.tokens + tokens > maxQueueTokens) {
      throw overloaded('The queue is full.', this.rate.retryAfter(this.#waiting.tokens));
    }
  }

  #schedule(): void {
    if (this.#busy || this.#waiting.sequences === 0) return;
    this.#busy = true;
    // Not at once: what else arrives in this turn of the event loop joins.
    setImmediate(() => this.#next());
  }

  /** Starts on what waits, if anything does. */
  #next(): void {
    const items = this.#waiting.take(this.#options.maxBatchTokens);
    this.#busy = items.length > 0;
    if (this.#busy) void this.#run(items);
  }

  /** A client has gone: when it was the last of the batch that runs, the batch is not wanted any more. */
  #leave(work: Work): void {
    const running = this.#running;
    if (running?.members.delete(work) && running.members.size === 0) running.controller.abort();
  }

  async #run(items: readonly Item<Work>[]): Promise<void> {
    let results: (i: number) => Float32Array | FilledMask[];
    try {
      results = await this.#compute(items);
    } catch (error) {
      await this.#recover(items, error);
      this.#next();
      return;
    }
    // First, so that the model does not wait while answers are made and sent.
    this.#next();
    for (const [i, item] of items.entries()) {
      await turn();
      deliver(item, results(i));
    }
  }

  /** One text that breaks the arithmetic must not break those that happened to come with it. */
  async #recover(items: readonly Item<Work>[], error: unknown): Promise<void> {
    const members = new Set(items.map(({ job }) => job));
    const alone = members.size === 1 || (isLookupFfnError(error) && fatal.has(error.code));
    for (const job of members) {
      if (job.settled) continue;
      if (alone) {
        job.fail(error);
        continue;
      }
      const own = items.filter((item) => item.job === job);
      try {
        const results = await this.#compute(own);
        for (const [i, item] of own.entries()) deliver(item, results(i));
      } catch (ownError) {
        if (!job.settled) job.fail(ownError);
      }
    }
  }

  /** Computes a batch, unless all of its clients leave; the answer gives the result of item `i`. */
  async #compute(items: readonly Item<Work>[]): Promise<(i: number) => Float32Array | FilledMask[]> {
    const running = { controller: new AbortController(), members: new Set(items.map(({ job }) => job)) };
    this.#running = running;
    try {
      const start = performance.now();
      const results = await this.#ask(items, running.controller.signal);
      const seconds = (performance.now() - start) / 1000;
      const tokens = items.reduce((sum, { job, index }) => sum + job.sequences[index]!.length, 0);
      this.rate.add(tokens, seconds);
      this.#options.onBatch?.({ tokens, sequences: items.length, seconds });
      return results;
    } finally {
      // Delivering ends jobs; that must not abort this batch, which is done.
      this.#running = undefined;
    }
  }

  async #ask(
    items: readonly Item<Work>[],
    signal: AbortSignal,
  ): Promise<(i: number) => Float32Array | FilledMask[]> {
    const sequences = items.map(({ job, index }) => job.sequences[index]!);
    const { kind, maskTokenId } = items[0]!.job;
    if (kind === 'fill') {
      const topK = Math.max(...items.map(({ job }) => job.topK));
      const filled = await this.#session.fillMask(sequences, { topK, maskTokenId, signal });
      return (i) => filled[i]!;
    }
    if (kind === 'classes') {
      const options = { typeIds: typesOf(items), signal };
      const { data, labels } = await this.#session.classLogits(sequences, options);
      return (i) => data.slice(i * labels, (i + 1) * labels);
    }
    const { data, offsets, hiddenSize } = await this.#session.hiddenStates(sequences, { signal });
    return (i) => data.subarray(offsets[i]! * hiddenSize, offsets[i + 1]! * hiddenSize);
  }
}

/** Types of a batch's tokens, or undefined where all are the first. */
function typesOf(items: readonly Item<Work>[]): ArrayLike<number>[] | undefined {
  const found = items.map(({ job, index }) => job.typeIds?.[index]);
  if (found.every((types) => types === undefined)) return undefined;
  return found.map((types, i) => types ?? new Uint8Array(items[i]!.job.sequences[items[i]!.index]!.length));
}

function deliver({ job, index }: Item<Work>, result: Float32Array | FilledMask[]): void {
  if (job.settled) return;
  try {
    job.deliver(index, result);
  } catch (error) {
    job.fail(error);
    return;
  }
  if (--job.unfinished === 0) job.finish();
}

function cancelled(signal: AbortSignal): LookupFfnError {
  return new LookupFfnError('ABORTED', 'The request was cancelled.', {}, signal.reason);
}
