import type { Backend, BackendFactory, LinearDtype, ProjectionDtype, TableDtype } from '@lookupffn/core';
import type { RobertaConfig } from '../model/config.js';

/** A model in memory: its config and every parameter by its Hugging Face name (tied ones once). */
export interface RobertaModel {
  readonly config: RobertaConfig;
  readonly weights: ReadonlyMap<string, Float32Array>;
}

/** Where a session computes. */
export type SessionThread = 'worker' | 'caller';

export interface SessionOptions {
  /**
   * A model in memory, or (Node) the path of a folder with config.json and model.safetensors, or of a packed file that
   * `packModel` made: opened in milliseconds, its weights shared with whoever else has it open.
   */
  readonly model: RobertaModel | string;
  /**
   * Who computes. A factory is created for this session and disposed with it; a Backend stays the caller's. Default:
   * the registry's choice (`LOOKUPFFN_BACKEND`, then priority).
   */
  readonly backend?: BackendFactory | Backend;
  /** Passed to the factory; see BackendOptions. */
  readonly threads?: number;
  /** Passed to the factory; see BackendOptions. */
  readonly isa?: string;
  /**
   * Takes threads and dtypes that are not given here from what `lookupffn tune` found for this model folder on this
   * machine, if it was run; `info.notes` says so. Default true; LOOKUPFFN_TUNE=off switches it off too.
   */
  readonly tune?: boolean;
  /** Reads all of a packed file first and compares checksums; default: only its header's. */
  readonly verify?: boolean;
  /** How dense weights are kept (a packed file: as it was made); a backend without that dtype keeps f32 and `session.info` says so. */
  readonly linearDtype?: LinearDtype;
  /** How table rows are kept. */
  readonly tableDtype?: TableDtype;
  /** How BH4 projections are kept. */
  readonly projectionDtype?: ProjectionDtype;
  /** Default: a worker where the factory names its module and threads exist, otherwise the caller's thread. */
  readonly thread?: SessionThread;
  /** Longer requests are computed in parts of at most this many tokens (results do not change). Default 4096. */
  readonly maxBatchTokens?: number;
  /** URL of `@lookupffn/roberta/session-worker`, for bundles that move it. */
  readonly workerUrl?: string | URL;
}

export interface SessionInfo {
  /** The backend's name. */
  readonly backend: string;
  /** Instruction set in use, in the backend's words. */
  readonly isa: string;
  /** Threads the backend computes with. */
  readonly threads: number;
  /** Where the session computes. */
  readonly thread: SessionThread;
  /** Parameters of the model, tied ones once. */
  readonly parameters: number;
  /** Bytes held by prepared weights and embedding tables. */
  readonly bytes: number;
  /** What prepared weights are kept as, e.g. `['bf16', 'f32']`, in no order. */
  readonly dtypes: readonly string[];
  /** What one should know of how the model was opened, e.g. that a packed file was of another machine's layout. */
  readonly notes: readonly string[];
}

/** Token ids, one sequence each; special tokens are the caller's. No padding: a pad token would be attended to. */
export type Sequences = readonly ArrayLike<number>[];

export interface RunOptions {
  /** Which of two texts each token belongs to, a list for each sequence (BERT's token types); default all 0. */
  readonly typeIds?: readonly ArrayLike<number>[];
  /** Aborted before its turn: leaves the queue; while running: stops at the next layer. Rejects with `ABORTED`. */
  readonly signal?: AbortSignal;
}

/** Hidden states of a packed batch: token `t` of sequence `i` is row `offsets[i] + t`. */
export interface HiddenStates {
  /** `[tokens, hiddenSize]`. */
  readonly data: Float32Array;
  /** `[sequences + 1]`. */
  readonly offsets: Int32Array;
  readonly hiddenSize: number;
}

/** Logits `[rows, vocabSize]` at the asked positions, sequence by sequence. */
export interface Logits {
  readonly data: Float32Array;
  readonly rows: number;
  readonly vocabSize: number;
}

/** Logits `[sequences, labels]` of a classification head. */
export interface ClassLogits {
  readonly data: Float32Array;
  readonly labels: number;
}

export interface FillMaskOptions extends RunOptions {
  /** Candidates a mask; default 5. */
  readonly topK?: number;
  /** Positions to fill, per sequence; default: wherever the mask token stands. */
  readonly positions?: readonly ArrayLike<number>[];
  /** The mask token's id; default: the config's. */
  readonly maskTokenId?: number;
}

export interface Candidate {
  readonly id: number;
  readonly probability: number;
}

/** One filled position, most probable candidate first; equal probabilities by id. */
export interface FilledMask {
  readonly position: number;
  readonly candidates: readonly Candidate[];
}
