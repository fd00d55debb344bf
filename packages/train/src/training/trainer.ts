import type { Backend } from '@lookupffn/core';
import type { RobertaConfig, RobertaModel } from '@lookupffn/roberta';
import type { CorpusTokenizer } from '../data/corpus.js';
import type { Corpus } from '../data/sequences.js';
import type { TrainingOptions, TrainingOptionsInput } from './options.js';
import type { RunOptions, RunResult } from './progress.js';

export interface TrainerInit {
  readonly config: RobertaConfig;
  readonly backend: Backend;
  readonly corpus: Corpus;
  readonly options?: TrainingOptionsInput;
  /** Written beside the weights of each checkpoint, so that a checkpoint's folder is a complete model. */
  readonly tokenizer?: CorpusTokenizer;
  /** Where metrics.jsonl and checkpoints/ go; absent: nothing is written. Must not hold another run. */
  readonly folder?: string;
  /** Weights to start from instead of fresh ones, by parameter name. */
  readonly weights?: ReadonlyMap<string, Float32Array>;
}

export interface ResumeInit {
  readonly backend: Backend;
  readonly corpus: Corpus;
  readonly tokenizer?: CorpusTokenizer;
  /** When given, must be the run's; otherwise the checkpoint's is used. */
  readonly config?: RobertaConfig;
  /** When given, must be the run's, except steps between evaluations and checkpoints. */
  readonly options?: TrainingOptionsInput;
}

export declare class Trainer {
  static create(init: TrainerInit): Promise<Trainer>;
  static resume(folder: string, init: ResumeInit): Promise<Trainer>;
  readonly options: TrainingOptions;
  /** Steps done. */
  readonly step: number;
  /** The model being trained: its weights change with every step. */
  readonly model: RobertaModel;
  run(options?: RunOptions): Promise<RunResult>;
}
