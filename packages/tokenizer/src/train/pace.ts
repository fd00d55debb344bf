import { TokenizerError } from '../errors.js';

export interface TrainingProgress {
  stage: 'counting words' | 'counting pairs' | 'merging';
  /** Characters read, words seen, or size of the vocabulary so far. */
  done: number;
  /** What `done` will reach; undefined while the end of the texts is unknown. */
  total: number | undefined;
}

/** Lets long work report, be cancelled, and give the event loop a turn now and then. */
export class Pace {
  readonly #onProgress: ((progress: TrainingProgress) => void) | undefined;
  readonly #signal: AbortSignal | undefined;
  #lastTurn = Date.now();

  constructor(options: { onProgress?: (progress: TrainingProgress) => void; signal?: AbortSignal }) {
    this.#onProgress = options.onProgress;
    this.#signal = options.signal;
    this.#throwIfAborted();
  }

  /** Call often; acts about ten times a second. Throws `ABORTED` once the signal has fired. */
  async step(stage: TrainingProgress['stage'], done: number, total: number | undefined): Promise<void> {
    if (Date.now() - this.#lastTurn < 100) return;
    this.#onProgress?.({ stage, done, total });
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#throwIfAborted();
    this.#lastTurn = Date.now();
  }

  #throwIfAborted(): void {
    if (this.#signal?.aborted) {
      throw new TokenizerError('ABORTED', 'Training the tokenizer was cancelled.', {}, this.#signal.reason);
    }
  }
}
