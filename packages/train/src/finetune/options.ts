import { LookupFfnError } from '@lookupffn/core';

export interface FinetuneOptions {
  readonly epochs: number;
  /** When not 0, the steps of the run and of its schedule, whatever the epochs. */
  readonly maxSteps: number;
  /** Examples a step. */
  readonly batchSize: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Multiplies the rate of tables. */
  readonly tableLearningRate: number;
  /** Multiplies the rate of the projections that make the codes. */
  readonly projectionLearningRate: number;
  /** Share of the look-ups that a step leaves out, 0 to below 1: for few examples, which tables learn by heart. */
  readonly tableDropout: number;
  /** Share of the training examples that is held out to measure each epoch on; the best one's weights are the result. 0: the last ones. */
  readonly validationSplit: number;
  /** Longer texts are cut, and those longer than the model takes (`maxTextLength`); 0: only these. */
  readonly maxLength: number;
  readonly seed: number;
}

export const finetuneDefaults: FinetuneOptions = {
  epochs: 3,
  maxSteps: 0,
  batchSize: 32,
  learningRate: 5e-5,
  weightDecay: 0.01,
  tableLearningRate: 3,
  // As in pretraining: what codes gain by moving fast, tables that were made for others lose (docs/results/quality.md).
  projectionLearningRate: 0.1,
  tableDropout: 0,
  validationSplit: 0,
  maxLength: 128,
  seed: 0,
};

/** Complete options. Throws `INVALID_ARGUMENT` for a share that is none. */
export function finetuneOptions(given: Partial<FinetuneOptions> = {}): FinetuneOptions {
  const options = { ...finetuneDefaults, ...given };
  for (const key of ['tableDropout', 'validationSplit'] as const) {
    const share = options[key];
    if (share >= 0 && share < 1) continue;
    throw new LookupFfnError('INVALID_ARGUMENT', `${key} is ${share}; it must be from 0 to below 1.`, {
      [key]: share,
    });
  }
  return options;
}
