import { LookupFfnError } from '@lookupffn/core';
import type { ModelMemory } from '../direct/memory.js';
import { type FromWorker, fromMessage, type ToWorker } from './protocol.js';
import { startThread, type Thread } from './thread.js';
import type { Executor, ExecutorInfo, WorkRequest, WorkResult } from './work.js';

interface Pending {
  resolve(result: never): void;
  reject(error: unknown): void;
}

/** A Runner in a thread of its own: requests go over as messages, one at a time, and results come back. */
export class RemoteRunner implements Executor {
  readonly #thread: Thread;
  readonly #pending = new Map<number, Pending>();
  #ready!: { resolve(info: ExecutorInfo): void; reject(error: unknown): void };
  #info!: ExecutorInfo;
  #nextId = 1;
  /** Why no request can be answered any more. */
  #dead: LookupFfnError | undefined;

  private constructor(workerUrl: string | URL | undefined) {
    this.#thread = startThread(workerUrl, {
      onMessage: (message) => this.#receive(message),
      onFailure: (error) => this.#fail(error),
    });
  }

  /** Starts a thread and prepares the model in it; rejects with what the backend or the model refused. */
  static async create(
    workerUrl: string | URL | undefined,
    message: Extract<ToWorker, { type: 'create' }>,
  ): Promise<RemoteRunner> {
    const runner = new RemoteRunner(workerUrl);
    try {
      runner.#info = await new Promise<ExecutorInfo>((resolve, reject) => {
        runner.#ready = { resolve, reject };
        runner.#thread.post(message);
      });
    } catch (error) {
      await runner.dispose();
      throw error;
    }
    // An idle session must not keep a finished program running.
    runner.#thread.hold(false);
    return runner;
  }

  get info(): ExecutorInfo {
    return this.#info;
  }

  run(request: WorkRequest, signal: AbortSignal | undefined): Promise<WorkResult> {
    if (this.#dead) return Promise.reject(this.#dead);
    const id = this.#nextId++;
    const cancel = () => this.#thread.post({ type: 'cancel', id });
    signal?.addEventListener('abort', cancel);
    return this.#ask<WorkResult>({ type: 'run', id, request }).finally(() =>
      signal?.removeEventListener('abort', cancel),
    );
  }

  memory(): Promise<ModelMemory> {
    if (this.#dead) return Promise.reject(this.#dead);
    return this.#ask<ModelMemory>({ type: 'memory', id: this.#nextId++ });
  }

  #ask<T>(message: Extract<ToWorker, { type: 'run' | 'memory' }>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(message.id, { resolve, reject });
      this.#thread.hold(true);
      this.#thread.post(message);
    }).finally(() => {
      // Once it has been disposed the process must live until the thread has ended, or `dispose` never resolves.
      if (this.#pending.size === 0 && !this.#dead) this.#thread.hold(false);
    });
  }

  async dispose(): Promise<void> {
    this.#fail(new LookupFfnError('DISPOSED', 'The session was disposed.'));
    await this.#thread.terminate();
  }

  #receive(message: FromWorker): void {
    if (message.type === 'ready') {
      this.#ready.resolve(message.info);
    } else if (message.type === 'refused') {
      this.#ready.reject(fromMessage(message.error));
    } else {
      const pending = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      if (message.type === 'result') pending?.resolve(message.result as never);
      else if (message.type === 'memory') pending?.resolve(message.memory as never);
      else pending?.reject(fromMessage(message.error));
    }
  }

  #fail(error: LookupFfnError): void {
    this.#dead ??= error;
    this.#ready?.reject(this.#dead);
    for (const pending of this.#pending.values()) pending.reject(this.#dead);
    this.#pending.clear();
  }
}
