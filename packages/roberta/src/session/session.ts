import { LookupFfnError } from '@lookupffn/core';
import type { ModelMemory } from '../direct/memory.js';
import type { RobertaConfig } from '../model/config.js';
import { countParameters } from '../weights/count.js';
import { checkTopK } from './check-options.js';
import { openExecutor } from './open.js';
import { Queue } from './queue.js';
import { findMasks, makeRequest, type Positions, packTargets } from './requests.js';
import type {
  ClassLogits,
  FilledMask,
  FillMaskOptions,
  HiddenStates,
  Logits,
  RunOptions,
  Sequences,
  SessionInfo,
  SessionOptions,
} from './types.js';
import type { Executor, WorkRequest, WorkResult } from './work.js';

/**
 * A model ready to answer. The one place where work becomes asynchronous: requests wait in a queue and are computed
 * one at a time, in a worker thread or, breathing between layers, on the caller's. The results of a batch are those
 * of its sequences one by one.
 *
 * Every method rejects with `INDEX_OUT_OF_RANGE` for ids outside the vocabulary, `INVALID_ARGUMENT` for sequences over
 * the position limit, `ABORTED`, `DISPOSED` after `dispose`, and `SESSION_FAILED` when the worker died.
 */
export class Session {
  readonly info: SessionInfo;
  readonly config: RobertaConfig;
  readonly #executor: Executor;
  readonly #queue = new Queue();
  /** Stops the running request. */
  readonly #running = new Set<AbortController>();
  #disposed: Promise<void> | undefined;

  private constructor(info: SessionInfo, config: RobertaConfig, executor: Executor) {
    this.info = info;
    this.config = config;
    this.#executor = executor;
  }

  /**
   * Loads and prepares a model. Rejects with `INVALID_ARGUMENT`, `BACKEND_UNAVAILABLE`, with `SESSION_FAILED` when a
   * worker cannot start, and with what loading a folder or checking weights throws.
   */
  static async create(options: SessionOptions): Promise<Session> {
    const { config, thread, executor } = await openExecutor(options);
    const parameters = countParameters(config).total;
    return new Session({ ...executor.info, thread, parameters }, config, executor);
  }

  /** Last hidden states of every token. */
  async hiddenStates(sequences: Sequences, options: RunOptions = {}): Promise<HiddenStates> {
    const request = makeRequest(sequences, this.config, 'none', { kind: 'hidden' }, options.typeIds);
    // The request's own arrays may go to a worker; the answer keeps the offsets.
    const { offsets } = request;
    const { data } = await this.#run(request, options);
    return { data, offsets, hiddenSize: this.config.hiddenSize };
  }

  /** Logits of the classification head for each sequence. */
  async classLogits(sequences: Sequences, options: RunOptions = {}): Promise<ClassLogits> {
    const request = makeRequest(sequences, this.config, 'none', { kind: 'classes' }, options.typeIds);
    return { data: (await this.#run(request, options)).data, labels: this.config.labels.length };
  }

  /** The most probable tokens at each mask (or at `positions`), for each sequence. */
  async fillMask(sequences: Sequences, options: FillMaskOptions = {}): Promise<FilledMask[][]> {
    const topK = checkTopK('topK', options.topK ?? 5, this.config.vocabSize);
    const positions = options.positions ?? findMasks(sequences, this.config, options.maskTokenId);
    const request = makeRequest(sequences, this.config, positions, { kind: 'fill', topK }, options.typeIds);
    const { ids, data } = await this.#run(request, options);
    let row = 0;
    return positions.map((list) =>
      Array.from(list, (position) => {
        const start = row++ * topK;
        const candidates = Array.from({ length: topK }, (_, k) => ({
          id: ids[start + k]!,
          probability: data[start + k]!,
        }));
        return { position, candidates };
      }),
    );
  }

  /** Logits over the vocabulary at the given positions of each sequence. */
  async maskedLogits(sequences: Sequences, positions: Positions, options: RunOptions = {}): Promise<Logits> {
    const request = makeRequest(sequences, this.config, positions, { kind: 'logits' }, options.typeIds);
    const { rows } = request;
    const { data } = await this.#run(request, options);
    return { data, rows: rows.length, vocabSize: this.config.vocabSize };
  }

  /** Cross-entropy in nats at the given positions against the target ids, `[positions in order]`: for evaluation. */
  async maskedLosses(
    sequences: Sequences,
    positions: Positions,
    targets: Positions,
    options: RunOptions = {},
  ): Promise<Float32Array> {
    const packed = packTargets(targets, positions, this.config);
    const task = { kind: 'losses', targets: packed } as const;
    const request = makeRequest(sequences, this.config, positions, task, options.typeIds);
    return (await this.#run(request, options)).data;
  }

  /** Bytes held for this model, by kind, as they are now. */
  memory(): Promise<ModelMemory> {
    if (this.#disposed) {
      return Promise.reject(
        new LookupFfnError('DISPOSED', 'The session has been disposed; create a new one.'),
      );
    }
    return this.#executor.memory();
  }

  /** Rejects what waits and runs with `DISPOSED`, ends the worker and frees the weights. Twice is harmless. */
  dispose(): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    const closed = this.#queue.close(
      new LookupFfnError('DISPOSED', 'The session has been disposed; create a new one.'),
    );
    for (const controller of this.#running) controller.abort();
    await this.#executor.dispose();
    await closed;
  }

  #run(request: WorkRequest, { signal }: RunOptions): Promise<WorkResult> {
    return this.#queue.add(async () => {
      // Not AbortSignal.any: Node 20 keeps its sources' listeners for as long as the longest-lived of them.
      const stop = new AbortController();
      const onAbort = () => stop.abort(signal?.reason);
      signal?.addEventListener('abort', onAbort);
      this.#running.add(stop);
      try {
        return await this.#executor.run(request, stop.signal);
      } catch (error) {
        if (!this.#disposed || signal?.aborted) throw error;
        throw new LookupFfnError('DISPOSED', 'The session was disposed while it computed this.', {}, error);
      } finally {
        signal?.removeEventListener('abort', onAbort);
        this.#running.delete(stop);
      }
    }, signal);
  }
}
