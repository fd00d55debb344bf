import { setImmediate } from 'node:timers/promises';
import { type Backend, LookupFfnError, Random } from '@lookupffn/core';
import { firstPosition, type RobertaConfig } from '@lookupffn/roberta';
import { BatchFiller } from '../data/batches.js';
import { DataOrder, type StreamPosition } from '../data/order.js';
import type { TokenSequences } from '../data/sequences.js';
import { AdamW } from '../optimizer/adamw.js';
import { groupOf } from '../optimizer/groups.js';
import { learningRateAt } from '../optimizer/schedule.js';
import { type LookupTraining, withDropout } from '../tape/lookup-training.js';
import { Parameters } from '../tape/parameters.js';
import { Tape } from '../tape/tape.js';
import { addCellVariation, backwardBatch } from './objective.js';
import type { TrainingOptions } from './options.js';

export interface StepperInit {
  readonly config: RobertaConfig;
  readonly backend: Backend;
  readonly sequences: TokenSequences;
  readonly options: TrainingOptions;
}

/** What one optimiser step did. */
export interface StepResult {
  /** Mean over the masked tokens, nats. */
  readonly loss: number;
  readonly learningRate: number;
  readonly gradientNorm: number;
  /** Before lambda; absent where the regulariser is off. */
  readonly cellVariation?: number;
}

/**
 * Makes optimiser steps, one at a time. What step n does follows from the seed, n, the parameters, the moments and the
 * state of `random`: a checkpoint holds these and no more.
 */
export class Stepper {
  readonly parameters: Parameters;
  readonly optimizer: AdamW;
  /** Drawn from once a step where the options ask for randomness in the step itself. */
  random: Random;
  readonly #init: StepperInit;
  readonly #tape: Tape;
  readonly #order: DataOrder;
  readonly #masks: Random;
  readonly #dropout: Random;
  /** One for each micro-batch: all are filled before the first is run, for the loss is a mean over all of them. */
  readonly #fillers: readonly BatchFiller[];
  readonly #microBatchSize: number;

  /** All parameters are 0 until the caller fills them. */
  constructor(init: StepperInit) {
    const { config, backend, sequences, options } = init;
    const root = new Random(options.seed);
    this.#init = init;
    this.parameters = new Parameters(config, groupOf);
    this.optimizer = new AdamW(backend.optim, this.parameters, options);
    this.random = root.fork('steps');
    this.#tape = new Tape({ backend, config, parameters: this.parameters });
    this.#order = new DataOrder(sequences.count, root.fork('order'));
    this.#masks = root.fork('masks');
    this.#dropout = root.fork('dropout');
    this.#microBatchSize = Math.min(options.microBatchSize || options.batchSize, options.batchSize);
    this.#fillers = Array.from(
      { length: Math.ceil(options.batchSize / this.#microBatchSize) },
      () => new BatchFiller(sequences, this.#microBatchSize, firstPosition(config), options.mlmProbability),
    );
  }

  /** Step number `step`, from 1. Rejects with `NOT_FINITE`, the parameters unchanged, where training has diverged. */
  async step(step: number): Promise<StepResult> {
    const { options } = this.#init;
    const places = this.#places(step);
    this.parameters.gradients.fill(0);
    this.#tape.lookupTraining = this.#lookupTraining(step);
    const loss = await this.#backward(places);
    const cellVariation = this.#regularise();
    const gradientNorm = this.optimizer.gradientNorm();
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      throw this.diverged(step, `the loss is ${loss}, the gradient norm ${gradientNorm}`, {
        loss,
        gradientNorm,
      });
    }
    const learningRate = learningRateAt(step, options);
    this.optimizer.step(step, learningRate, gradientNorm);
    return { loss, learningRate, gradientNorm, ...(cellVariation === undefined ? {} : { cellVariation }) };
  }

  /** Bytes of activations and their gradients, for tests and reports: does not grow from step to step. */
  get activationBytes(): number {
    return this.#tape.allocatedBytes;
  }

  /** Adds the gradients of the mean loss over the masked tokens, and returns it. */
  async #backward(places: readonly StreamPosition[]): Promise<number> {
    const { config } = this.#init;
    const batches = this.#fillers.map((filler, i) => {
      const from = i * this.#microBatchSize;
      return filler.fill(
        places.slice(from, from + this.#microBatchSize).map(({ epoch, sequence }) => ({
          sequence,
          random: this.#masks.fork(epoch).fork(sequence),
        })),
      );
    });
    const scale = 1 / batches.reduce((masked, { rows }) => masked + rows.length, 0);
    let sum = 0;
    for (const [i, batch] of batches.entries()) {
      if (i > 0) await setImmediate();
      try {
        sum += backwardBatch(this.#tape, config, batch, scale);
      } catch (error) {
        this.#tape.reset();
        throw error;
      }
    }
    return sum * scale;
  }

  /** Dropout follows from the seed and the step, as masks do: a resumed run leaves the same look-ups out. */
  #lookupTraining(step: number): LookupTraining {
    const { annealFrom, annealSteps, tableDropout } = this.#init.options;
    return {
      ...(annealFrom !== null && step <= annealSteps ? { read: annealFrom } : {}),
      ...withDropout(tableDropout, this.#dropout.fork(step)),
    };
  }

  #regularise(): number | undefined {
    const { config, backend, options } = this.#init;
    if (config.ffn.kind === 'dense' || options.cellVariation === 0) return undefined;
    const bit = options.cellVariationBits === 'all' ? -1 : this.random.below(config.ffn.bits);
    return addCellVariation(backend.optim, config, this.parameters, bit, options.cellVariation);
  }

  /** `NOT_FINITE` for what step `step` has done: `what`, the texts of its batch, and the remedy. */
  diverged(step: number, what: string, details: Readonly<Record<string, unknown>> = {}): LookupFfnError {
    const { sequences } = this.#init;
    const sources = [...new Set(this.#places(step).map(({ sequence }) => sequences.source(sequence)))];
    const shown = sources.length > 3 ? `${sources.slice(0, 3).join(', ')}, ...` : sources.join(', ');
    return new LookupFfnError(
      'NOT_FINITE',
      `Training diverged at step ${step}: ${what} (batch from ${shown}). Lower learningRate or tableLearningRate, or give more warmupSteps.`,
      { step, ...details, sources },
    );
  }

  /** Of the sequences of a step's batch. */
  #places(step: number): StreamPosition[] {
    const { batchSize } = this.#init.options;
    const first = (step - 1) * batchSize;
    return Array.from({ length: batchSize }, (_, i) => this.#order.at(first + i));
  }
}
