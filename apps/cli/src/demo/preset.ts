import type { RobertaConfigInput } from '@lookupffn/roberta';
import type { TrainingOptionsInput } from '@lookupffn/train';
import { shortRecipe } from '../training/presets.js';

/** Everything about the demo that is a matter of choice, in one place. */
export const demoPreset = {
  vocabulary: 8192,
  sequenceLength: 64,
  validationFraction: 0.05,
  /** What both twins share. */
  model: {
    norm: 'pre',
    hiddenSize: 128,
    numHiddenLayers: 2,
    numAttentionHeads: 4,
    intermediateSize: 512,
    // RoBERTa's 0.02 starts a model this narrow too quietly; this is 1 / sqrt(hiddenSize).
    initializerRange: 0.088,
  } satisfies RobertaConfigInput,
  /**
   * By the conventions a dense layer costs 2*2*128*512 = 262,144 FLOP a token. This one costs 43,036, 6.1 times fewer:
   * 11,776 for 2 repeats of two BH4 stages, 540 for the hash, 30,720 for four cells in each of 30 tables. Tables of 64 rows
   * rather than 256: in a run this short each row must be read often enough to learn.
   */
  lookup: {
    kind: 'lookup',
    tables: 30,
    bits: 6,
    projection: 'bh4',
    block: 8,
    stages: 2,
    read: 'four-cell',
    temperature: true,
    scorePower: true,
  } satisfies NonNullable<RobertaConfigInput['ffn']>,
  training: { batchSize: 32, ...shortRecipe } satisfies TrainingOptionsInput,
  /** Share of the steps that warm the learning rate up. */
  warmupFraction: 0.1,
  /** Steps of each model on a machine that makes them within `trainingMinutes`. */
  steps: 3000,
  /** For both models together; a slower machine makes fewer steps. */
  trainingMinutes: 3.3,
  /** Fewest steps that the time budget may ask for. */
  leastSteps: 5,
  /** Checkpoints a run, besides the last. */
  checkpoints: 10,
  /** Validation sequences of the final evaluation. */
  evaluateSequences: 512,
  /** Held-out sentences with a hidden word. */
  masks: 6,
  /** Guesses shown for each. */
  guesses: 5,
  /** Length of the sequence whose latency is measured. */
  latencyTokens: 128,
  seed: 7,
} as const;
