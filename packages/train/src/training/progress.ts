import type { Evaluation } from '../evaluation/evaluate.js';
import type { TableHealth } from '../evaluation/table-health.js';

/** One optimiser step, as reported to `onProgress`. */
export interface TrainingProgress {
  /** Steps done, 1 for the first. */
  readonly step: number;
  readonly steps: number;
  /** Mean cross-entropy over this step's masked tokens, nats. */
  readonly loss: number;
  readonly learningRate: number;
  /** Global norm of the gradient before clipping. */
  readonly gradientNorm: number;
  /** The cell-tv regulariser (before lambda), summed over layers; absent where it is off. */
  readonly cellVariation?: number;
  /** Tokens of the training data a second, over the last steps, evaluation and checkpoints left out. */
  readonly tokensPerSecond: number;
  /** Tokens trained on since step 0. */
  readonly tokens: number;
  readonly etaSeconds: number;
  /** Present on the steps after which the model was evaluated. */
  readonly validation?: Evaluation;
  /** Present with it where `watchTables` asks for it and the model has tables. */
  readonly tables?: TableHealth;
  /** Folder of the checkpoint written after this step. */
  readonly checkpoint?: string;
}

export interface RunOptions {
  /** Aborted: the current step ends, a checkpoint is written, and `run` resolves with `interrupted`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress) => void;
}

export interface RunResult {
  readonly status: 'completed' | 'interrupted';
  /** Steps done. */
  readonly step: number;
  /** The last step's loss; null when no step was made. */
  readonly loss: number | null;
  /** The last evaluation; null when there was none. */
  readonly validation: Evaluation | null;
  /** The newest checkpoint's folder: config.json, model.safetensors, tokenizer.json and the trainer's state. */
  readonly checkpoint: string | null;
  /** The best evaluation and its checkpoint, where `keepBest` asks for it. */
  readonly best: {
    readonly step: number;
    readonly logPerplexity: number;
    readonly checkpoint: string;
  } | null;
}
