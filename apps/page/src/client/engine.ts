import type { PageDescription } from '../description.js';
import type { JobKind, Jobs } from '../worker/jobs.js';
import type { FromWorker, ToWorker } from '../worker/messages.js';
import type { OpenedModel } from '../worker/models.js';

interface Pending {
  resolve(value: never): void;
  reject(error: Error): void;
  onProgress?(progress: never): void;
}

export interface RunOptions<K extends JobKind> {
  readonly onProgress?: (progress: Jobs[K]['progress']) => void;
  /** Rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** The worker that computes, as promises. Models are fetched once, at the first call that needs them. */
export class Engine {
  /** What computes in this browser, for people; rejects where nothing can. */
  readonly backend: Promise<string>;
  readonly #worker: Worker;
  readonly #description: Promise<PageDescription>;
  readonly #opened = new Map<number, Promise<OpenedModel>>();
  readonly #pending = new Map<number, Pending>();
  #settleBackend!: { resolve(label: string): void; reject(error: Error): void };
  #dead: Error | undefined;
  #nextId = 1;

  /** Starts the worker at once: it gets ready while the description of the page is still on its way. */
  constructor(description: Promise<PageDescription>) {
    this.#description = description;
    this.backend = new Promise((resolve, reject) => {
      this.#settleBackend = { resolve, reject };
    });
    this.backend.catch(() => {});
    this.#worker = new Worker(new URL('../worker/worker.ts', import.meta.url), { type: 'module' });
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#receive(data);
    this.#worker.onerror = (event) =>
      this.#fail(new Error(`The worker failed: ${event.message ?? 'its script did not load'}.`));
  }

  /** Fetches and prepares a model; the same promise for every call. */
  open(model: number): Promise<OpenedModel> {
    let opened = this.#opened.get(model);
    if (!opened) {
      opened = this.#open(model);
      // What could not be fetched is tried again by the next call.
      opened.catch(() => this.#opened.delete(model));
      this.#opened.set(model, opened);
    }
    return opened;
  }

  async #open(model: number): Promise<OpenedModel> {
    const place = (await this.#description).models[model]?.folder;
    if (!place) throw new Error('The server keeps the weights of this model to itself.');
    const folder = new URL(place, document.baseURI).href;
    return this.#ask<OpenedModel>({ type: 'open', id: this.#nextId++, model, folder });
  }

  /** Does a job, once the model it names is open. */
  async run<K extends JobKind>(
    kind: K,
    input: Jobs[K]['input'],
    { onProgress, signal }: RunOptions<K> = {},
  ): Promise<Jobs[K]['result']> {
    if ('model' in input) await this.open(input.model);
    signal?.throwIfAborted();
    const id = this.#nextId++;
    return this.#ask<Jobs[K]['result']>({ type: 'job', id, kind, input }, onProgress, signal);
  }

  #ask<T>(
    message: Extract<ToWorker, { id: number }>,
    onProgress?: (progress: never) => void,
    signal?: AbortSignal,
  ): Promise<T> {
    if (this.#dead) return Promise.reject(this.#dead);
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(message.id, { resolve, reject, onProgress });
      signal?.addEventListener('abort', () => {
        if (!this.#pending.delete(message.id)) return;
        this.#worker.postMessage({ type: 'cancel', id: message.id } satisfies ToWorker);
        reject(signal.reason);
      });
      this.#worker.postMessage(message);
    });
  }

  #receive(message: FromWorker): void {
    if (message.type === 'ready') {
      this.#settleBackend.resolve(`${message.backend.name} (${message.backend.isa})`);
      return;
    }
    if (message.type === 'unable') {
      this.#fail(new Error(`Nothing can be computed in this browser: ${message.message}`));
      return;
    }
    const pending = this.#pending.get(message.id);
    if (message.type === 'progress') {
      pending?.onProgress?.(message.progress as never);
      return;
    }
    this.#pending.delete(message.id);
    if (message.type === 'opened') pending?.resolve(message.opened as never);
    else if (message.type === 'done') pending?.resolve(message.result as never);
    else pending?.reject(new Error(message.message));
  }

  #fail(error: Error): void {
    this.#dead = error;
    this.#settleBackend.reject(error);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
