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
