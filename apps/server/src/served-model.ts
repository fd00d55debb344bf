import type { RobertaConfig } from '@lookupffn/roberta';
import type { InfoResponse, ModelInfo } from './api/types.js';
import type { BatchSession } from './batching/batcher.js';
import type { TextCodec } from './text/codec.js';
import type { Pooling } from './text/pooling.js';

/** A model as the API needs it: who it is, its text, and how to ask it. */
export interface ServedModel {
  readonly info: ModelInfo;
  /** Where its files are, if it came from a folder. */
  readonly folder?: string;
  readonly backend: InfoResponse['backend'];
  /** What weights are kept as, e.g. `['bf16', 'f32']`. */
  readonly dtypes: readonly string[];
  /** What one should know of how it was opened, e.g. that it was tuned. */
  readonly notes: readonly string[];
  readonly config: RobertaConfig;
  readonly hiddenSize: number;
  readonly maskToken: string;
  /** How its texts become vectors unless the server is told otherwise. */
  readonly pooling: Pooling;
  readonly codec: TextCodec;
  readonly session: BatchSession;
  dispose(): Promise<void>;
}
