import type { ModelMemory } from '../direct/memory.js';

/** What to compute from the hidden states. All of it can cross to a worker. */
export type Task =
  | { readonly kind: 'hidden' }
  /** Logits of the classification head. */
  | { readonly kind: 'classes' }
  | { readonly kind: 'fill'; readonly topK: number }
  | { readonly kind: 'logits' }
  /** Cross-entropy at `rows` against `targets`, in nats. */
  | { readonly kind: 'losses'; readonly targets: Int32Array };

/** A checked request: packed sequences, and the rows of theirs that the language-model head is wanted at. */
export interface WorkRequest {
  readonly ids: Int32Array;
  readonly positions: Int32Array;
  readonly types?: Int32Array;
  readonly offsets: Int32Array;
  /** Rising from sequence to sequence; empty for `hidden` and `classes`. */
  readonly rows: Int32Array;
  readonly task: Task;
}

export interface WorkResult {
  /** hidden `[tokens, hidden]`; classes `[sequences, labels]`; fill: probabilities `[rows, topK]`; logits `[rows, vocabulary]`; losses `[rows]`. */
  readonly data: Float32Array;
  /** fill: ids `[rows, topK]`; otherwise empty. */
  readonly ids: Int32Array;
}

/** Whatever carries requests out, one at a time: a Runner on this thread, or a worker with one inside. */
export interface Executor {
  /** Rejects with `ABORTED` soon after the signal fires. */
  run(request: WorkRequest, signal: AbortSignal | undefined): Promise<WorkResult>;
  memory(): Promise<ModelMemory>;
  dispose(): Promise<void>;
}

/** What an executor says of itself. */
export interface ExecutorInfo {
  readonly backend: string;
  readonly isa: string;
  readonly threads: number;
  readonly bytes: number;
  readonly dtypes: readonly string[];
  readonly notes: readonly string[];
}
