import type { Backend } from '@lookupffn/core';
import type { RobertaModel } from '@lookupffn/roberta';
import type { TokenSequences } from '../data/sequences.js';

/** How well a masked language model predicts masked tokens. */
export interface Evaluation {
  /** Mean cross-entropy, nats a masked token. */
  readonly logPerplexity: number;
  /** Share of masked tokens whose most probable candidate is the right one. */
  readonly accuracy: number;
  readonly maskedTokens: number;
  readonly sequences: number;
}

export interface EvaluateOptions {
  readonly model: RobertaModel;
  readonly backend: Backend;
  readonly sequences: TokenSequences;
  /** Chooses the masks. Default 0; the result is the same for every batch size. */
  readonly seed?: number;
  /** Only the first so many sequences; default all. */
  readonly maxSequences?: number;
  /** Sequences computed at once. Default: about 4,096 tokens. */
  readonly batchSize?: number;
  readonly onProgress?: (done: number, total: number) => void;
  /** Rejects with `ABORTED`. */
  readonly signal?: AbortSignal;
}

export declare function evaluate(options: EvaluateOptions): Promise<Evaluation>;
