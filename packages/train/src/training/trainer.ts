import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Backend, isLookupFfnError, LookupFfnError, Random } from '@lookupffn/core';
import { initialWeights, type RobertaConfig, type RobertaModel } from '@lookupffn/roberta';
import type { Corpus } from '../data/sequences.js';
import type { CorpusTokenizer } from '../data/tokenise.js';
import { type Evaluation, evaluate } from '../evaluation/evaluate.js';
import { type TableHealth, tableHealth } from '../evaluation/table-health.js';
import {
  type Checkpoint,
  checkpointFolder,
  readCheckpoint,
  removeUnfinished,
  rewriteState,
  type TrainerState,
  writeCheckpoint,
} from './checkpoint.js';
import { copyMetrics, MetricsLog } from './metrics.js';
import { changedBackend, checkFork, checkSameRun } from './mismatch.js';
import { parseTrainingOptions, type TrainingOptions, type TrainingOptionsInput } from './options.js';
import { Pace } from './pace.js';
import type { RunOptions, RunResult, TrainingProgress } from './progress.js';
import { checkCorpus, completeConfig, prepareRunFolder } from './start.js';
import { Stepper, type StepResult } from './stepper.js';

export interface TrainerInit {
  readonly config: RobertaConfig;
  readonly backend: Backend;
  readonly corpus: Corpus;
  readonly options?: TrainingOptionsInput;
  /** Written beside the weights of each checkpoint, so that a checkpoint's folder is a complete model. */
  readonly tokenizer?: CorpusTokenizer;
  /** Where metrics.jsonl and checkpoints/ go; absent: nothing is written. */
  readonly folder?: string;
  /** Removes the run that `folder` holds; otherwise that is an error. */
  readonly overwrite?: boolean;
  /** Weights to start from instead of fresh ones, by parameter name: `startingWeights` has a trained model's. */
  readonly weights?: ReadonlyMap<string, Float32Array>;
}

export interface ResumeInit {
  readonly backend: Backend;
  readonly corpus: Corpus;
  readonly tokenizer?: CorpusTokenizer;
  /** When given, must be the run's; otherwise the checkpoint's is used. */
  readonly config?: RobertaConfig;
  /** What is given must be the run's, except how often to evaluate and to write checkpoints. */
  readonly options?: TrainingOptionsInput;
  /** Takes another corpus, or another tokenizer of as many ids, than the run's: `changes` says so. Default false. */
  readonly force?: boolean;
}

export interface ForkInit extends ResumeInit {
  /** Of the run to branch off from. */
  readonly from: string;
  /** Of the checkpoint to begin at; absent: the newest. */
  readonly fromStep?: number;
  /** Where the new run goes. */
  readonly folder: string;
  /** Removes the run that `folder` holds; otherwise that is an error. */
  readonly overwrite?: boolean;
  /**
   * `steps`, `schedule` and `decaySteps` may be others than the run's where the steps done keep their share of the peak
   * rate; `learningRate`, `tableLearningRate` and `projectionLearningRate` may be others from here on.
   */
  readonly options?: TrainingOptionsInput;
}

interface Parts {
  readonly config: RobertaConfig;
  readonly backend: Backend;
  readonly corpus: Corpus;
  readonly options: TrainingOptions;
  readonly tokenizer?: CorpusTokenizer;
  readonly folder?: string;
}

/** Undefined for work that the signal has ended. */
function unlessAborted<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((error) => {
    if (isLookupFfnError(error) && error.code === 'ABORTED') return undefined;
    throw error;
  });
}

/**
 * Trains a masked language model. Work is done on the caller's thread, one optimiser step at a time; between steps the
 * event loop runs, so that signals and progress get through.
 */
export class Trainer {
  readonly options: TrainingOptions;
  /** The model being trained: its weights change with every step. */
  readonly model: RobertaModel;
  /** What is not as it was when the checkpoint was written that this run goes on from; empty for a new run. */
  readonly changes: readonly string[];
  readonly #parts: Parts;
  readonly #stepper: Stepper;
  readonly #pace = new Pace();
  #step = 0;
  #loss: number | null = null;
  #validation: TrainerState['validation'] = null;
  #best: TrainerState['best'] = null;
  #checkpoint: { step: number; folder: string; validation: TrainerState['validation'] } | null = null;
  /** Corpus or tokenizer is another than the newest checkpoint's. */
  #forced = false;
  #running = false;

  private constructor(parts: Parts, changes: readonly string[] = []) {
    checkCorpus(parts.corpus, parts.config, parts.options);
    this.#parts = parts;
    this.options = parts.options;
    this.changes = changes;
    this.#stepper = new Stepper({ ...parts, sequences: parts.corpus.train });
    this.model = { config: parts.config, weights: this.#stepper.parameters.weights };
  }

  /**
   * A new run from fresh weights (or given ones). Throws `INVALID_CONFIG` for options out of range,
   * `INVALID_ARGUMENT` where model and corpus do not fit or the folder holds a run, `FILE_IO` where it cannot be
   * written to.
   */
  static async create(init: TrainerInit): Promise<Trainer> {
    const { weights, overwrite = false, ...parts } = init;
    const { sequenceLength } = init.corpus.train;
    const options = parseTrainingOptions({ sequenceLength, ...init.options });
    const config = completeConfig(init.config, init.corpus);
    const trainer = new Trainer({ ...parts, config, options });
    if (init.folder !== undefined) await prepareRunFolder(init.folder, overwrite);
    const start = weights ?? initialWeights(config, new Random(options.seed).fork('weights'));
    trainer.#stepper.parameters.fill(start);
    return trainer;
  }

  /**
   * Goes on with the run in `folder` from its newest checkpoint: on the same backend and number of threads with the
   * same losses, bit for bit, as if it had never stopped. Throws `FILE_NOT_FOUND` where there is no checkpoint,
   * `FILE_CORRUPT` naming a damaged file, `RUN_MISMATCH` naming what is not the run's.
   */
  static async resume(folder: string, init: ResumeInit): Promise<Trainer> {
    const checkpoint = await readCheckpoint(folder);
    const { state, model } = checkpoint;
    const config = init.config && completeConfig(init.config, init.corpus);
    const { options, forced } = checkSameRun(folder, state, model.config, { ...init, config });
    const changes = [...forced, ...changedBackend(state, init.backend)];
    const trainer = new Trainer({ ...init, config: model.config, options, folder }, changes);
    await trainer.#restore(checkpoint);
    await removeUnfinished(folder);
    trainer.#checkpoint = { step: state.step, folder: checkpoint.folder, validation: state.validation };
    // Evaluations on another text say nothing of this one.
    trainer.#forced = forced.length > 0;
    if (trainer.#forced) trainer.#validation = null;
    else trainer.#best = state.best;
    return trainer;
  }

  /**
   * A new run in a folder of its own that begins as a checkpoint of another one: with its weights, moments and place in
   * the data. So runs of several lengths share their beginning, trained once at a constant rate (arXiv 2405.18392), and
   * each falls to 0 by itself; or a run that diverged goes on at a lower rate. Throws as `resume` and `create` do,
   * nothing written where there is nothing to go on from.
   */
  static async fork({ from, fromStep, folder, overwrite = false, ...init }: ForkInit): Promise<Trainer> {
    if (resolve(from) === resolve(folder)) {
      throw new LookupFfnError(
        'INVALID_ARGUMENT',
        `${folder} is the run to branch off from. Give the new run a folder of its own.`,
        { folder },
      );
    }
    const checkpoint = await readCheckpoint(from, fromStep);
    const { state, model } = checkpoint;
    const config = init.config && completeConfig(init.config, init.corpus);
    const { options, forced } = checkFork(from, state, model.config, { ...init, config });
    const changes = [...forced, ...changedBackend(state, init.backend)];
    const trainer = new Trainer({ ...init, config: model.config, options, folder }, changes);
    await trainer.#restore(checkpoint);
    if (forced.length > 0) trainer.#validation = null;
    await prepareRunFolder(folder, overwrite);
    await copyMetrics(from, folder);
    return trainer;
  }

  async #restore({ state, model, readMoments }: Checkpoint): Promise<void> {
    this.#stepper.parameters.fill(model.weights);
    await readMoments(this.#stepper.optimizer);
    this.#stepper.random = Random.fromState(state.random);
    this.#step = state.step;
    this.#loss = state.loss;
    this.#validation = state.validation;
  }

  /** Steps done. */
  get step(): number {
    return this.#step;
  }

  /**
   * Trains until the last step or until the signal fires; then the step at work ends, a checkpoint is written and the
   * result says `interrupted`. Rejects with `NOT_FINITE`, naming step and last good checkpoint, when training
   * diverges, and with `FILE_IO` when the folder cannot be written to.
   */
  async run(run: RunOptions = {}): Promise<RunResult> {
    if (this.#running) {
      throw new LookupFfnError('INVALID_ARGUMENT', 'This trainer is running already.');
    }
    this.#running = true;
    const { folder } = this.#parts;
    let metrics: MetricsLog | undefined;
    try {
      const missed = await this.#evaluateMissed(run.signal);
      if (folder !== undefined) metrics = await MetricsLog.open(folder, this.#step, missed);
      if (missed && this.#isBest(missed.validation)) await this.#save();
      while (this.#step < this.options.steps && !run.signal?.aborted) await this.#advance(run, metrics);
      const completed = this.#step === this.options.steps && this.#validation?.step === this.#step;
      await this.#save();
      return {
        status: completed ? 'completed' : 'interrupted',
        step: this.#step,
        loss: this.#loss,
        validation: this.#validation?.result ?? null,
        checkpoint: this.#checkpoint?.folder ?? null,
        best:
          this.#best && folder !== undefined
            ? { ...this.#best, checkpoint: checkpointFolder(folder, this.#best.step) }
            : null,
      };
    } finally {
      this.#running = false;
      await metrics?.close();
    }
  }

  #evaluationIsDue(): boolean {
    const { steps, evaluateEvery } = this.options;
    return this.#step === steps || (evaluateEvery > 0 && this.#step % evaluateEvery === 0);
  }

  /** The evaluation after the last step done, where it was due and a stop came in its way; what its metrics lack. */
  async #evaluateMissed(signal: AbortSignal | undefined) {
    if (this.#step === 0 || !this.#evaluationIsDue() || this.#validation?.step === this.#step)
      return undefined;
    const validation = await this.#evaluate(signal);
    const tables = validation && (await this.#lookAtTables(signal));
    return validation && { validation, ...(tables ? { tables } : {}) };
  }

  /** One step, and what is due after it. Metrics come before the checkpoint, which may not run ahead of them. */
  async #advance(run: RunOptions, metrics: MetricsLog | undefined): Promise<void> {
    await setImmediate();
    const { steps, checkpointEvery } = this.options;
    const start = performance.now();
    const result = await this.#stepper.step(this.#step + 1).catch((error) => {
      throw this.#withCheckpoint(error);
    });
    this.#pace.add((performance.now() - start) / 1000);
    this.#step++;
    this.#loss = result.loss;
    const validation = this.#evaluationIsDue() ? await this.#evaluate(run.signal) : undefined;
    const tables = validation && (await this.#lookAtTables(run.signal));
    const line = this.#progress(result, validation, tables);
    const { etaSeconds: _, steps: __, ...measured } = line;
    await metrics?.append(measured);
    const best = validation !== undefined && this.#isBest(validation);
    const due = this.#step === steps || (checkpointEvery > 0 && this.#step % checkpointEvery === 0);
    const checkpoint = due || best ? await this.#save() : undefined;
    run.onProgress?.(checkpoint === undefined ? line : { ...line, checkpoint });
  }

  /** Whether this evaluation is the best so far and its checkpoint is to be kept for it. */
  #isBest({ logPerplexity }: Evaluation): boolean {
    if (!this.options.keepBest || this.#parts.folder === undefined) return false;
    if (this.#best && this.#best.logPerplexity <= logPerplexity) return false;
    this.#best = { step: this.#step, logPerplexity };
    return true;
  }

  #progress(
    result: StepResult,
    validation: Evaluation | undefined,
    tables: TableHealth | undefined,
  ): TrainingProgress {
    const { steps, batchSize, sequenceLength } = this.options;
    const tokens = batchSize * sequenceLength;
    const seconds = this.#pace.secondsPerStep;
    return {
      step: this.#step,
      steps,
      ...result,
      tokensPerSecond: tokens / seconds,
      tokens: this.#step * tokens,
      etaSeconds: (steps - this.#step) * seconds,
      ...(validation ? { validation } : {}),
      ...(tables ? { tables } : {}),
    };
  }

  async #lookAtTables(signal: AbortSignal | undefined): Promise<TableHealth | undefined> {
    const { backend, corpus, config } = this.#parts;
    if (!this.options.watchTables || config.ffn.kind === 'dense') return undefined;
    return unlessAborted(
      tableHealth({ model: this.model, backend, sequences: corpus.validation, signal }),
    ).catch((error) => {
      throw this.#withCheckpoint(error);
    });
  }

  /** Nothing when the signal fires meanwhile: the run is interrupted then, and its next part evaluates. */
  async #evaluate(signal: AbortSignal | undefined): Promise<Evaluation | undefined> {
    const { backend, corpus } = this.#parts;
    const { evaluateSequences, seed } = this.options;
    const result = await unlessAborted(
      evaluate({
        model: this.model,
        backend,
        sequences: corpus.validation,
        seed,
        ...(evaluateSequences > 0 ? { maxSequences: evaluateSequences } : {}),
        signal,
      }),
    ).catch((error) => {
      throw this.#withCheckpoint(error);
    });
    // Before a checkpoint is written, whose next step would say so.
    if (result && !Number.isFinite(result.logPerplexity)) {
      const what = `the log perplexity on held-out text is ${result.logPerplexity}`;
      throw this.#withCheckpoint(this.#stepper.diverged(this.#step, what));
    }
    if (result) this.#validation = { step: this.#step, result };
    return result;
  }

  /** Writes this step's checkpoint unless it stands already, its evaluation included. */
  async #save(): Promise<string | undefined> {
    const { folder, corpus, backend, tokenizer } = this.#parts;
    if (folder === undefined) return undefined;
    const { step } = this;
    const last = this.#checkpoint;
    if (last?.step === step && last.validation === this.#validation && !this.#forced) return last.folder;
    const { name, isa, threads } = backend.info;
    const state: TrainerState = {
      format: 1,
      step,
      options: this.options,
      corpusHash: corpus.hash,
      tokenizerHash: corpus.tokenizerHash,
      random: this.#stepper.random.getState(),
      loss: this.#loss,
      validation: this.#validation,
      best: this.#best,
      backend: { name, isa, threads },
    };
    const keep = this.options.keepCheckpoints;
    const write = async () => {
      if (last?.step === step && !this.#forced) {
        await rewriteState(folder, state, keep);
        return last.folder;
      }
      const { model } = this;
      const { optimizer } = this.#stepper;
      return writeCheckpoint(folder, { model, optimizer, state, tokenizerJson: tokenizer?.toJSON(), keep });
    };
    const path = await write().catch((error) => {
      throw this.#withCheckpoint(error);
    });
    this.#checkpoint = { step, folder: path, validation: this.#validation };
    this.#forced = false;
    return path;
  }

  #withCheckpoint(error: unknown): unknown {
    if (!isLookupFfnError(error) || error.code !== 'NOT_FINITE') return error;
    const last = this.#checkpoint;
    const where = last ? `The last good checkpoint is ${last.folder}.` : 'There is no checkpoint.';
    // Who reads the weights after a step knows neither the step nor the remedy.
    const { message, details } =
      error.details.tensor === undefined || this.#step === 0
        ? error
        : this.#stepper.diverged(
            this.#step,
            `a weight is no longer finite, in ${error.details.tensor}`,
            error.details,
          );
    return new LookupFfnError(
      'NOT_FINITE',
      `${message} ${where}`,
      { step: this.#step, ...details, checkpoint: last?.folder ?? null },
      error,
    );
  }
}
