import { LookupFfnError, throwIfAborted } from '@lookupffn/core';

interface Entry {
  start(): Promise<void>;
  cancel(error: unknown): void;
}

/** Runs jobs one after the other, in order. A job whose signal fires before its turn leaves the queue. */
export class Queue {
  readonly #waiting = new Set<Entry>();
  #running: Promise<void> | undefined;
  #closed: LookupFfnError | undefined;

  /** Resolves and rejects as `job` does; rejects with `ABORTED` unrun, or with the error the queue was closed with. */
  async add<T>(job: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#closed) throw this.#closed;
    throwIfAborted(signal, 'The request');
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        signal?.removeEventListener('abort', onAbort);
        this.#waiting.delete(entry);
      };
      const entry: Entry = {
        start: () => {
          leave();
          return job().then(resolve, reject);
        },
        cancel: (error) => {
          leave();
          reject(error);
        },
      };
      const onAbort = () =>
        entry.cancel(
          new LookupFfnError('ABORTED', 'The request was cancelled before its turn.', {}, signal?.reason),
        );
      signal?.addEventListener('abort', onAbort);
      this.#waiting.add(entry);
      this.#running ??= this.#drain();
    });
  }

  /** Rejects all that wait and all that come; resolves when the running job has ended. */
  async close(error: LookupFfnError): Promise<void> {
    this.#closed ??= error;
    for (const entry of [...this.#waiting]) entry.cancel(this.#closed);
    await this.#running;
  }

  async #drain(): Promise<void> {
    for (;;) {
      const [next] = this.#waiting;
      if (!next) break;
      await next.start();
    }
    this.#running = undefined;
  }
}
