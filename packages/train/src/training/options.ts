import { LookupFfnError } from '@lookupffn/core';
import * as v from 'valibot';
import { maskedCount, usualMlmProbability } from '../data/masking.js';
import { scheduleNames } from '../optimizer/schedule.js';

/** Reads that a run may begin with (`annealFrom`): wider ones than those that models are made to end with. */
export const annealReads = ['three-cell', 'four-cell', 'neighbours', 'full'] as const;

/** `'a', 'b' or null`. */
const alternatives = (values: readonly (string | null)[]) =>
  values
    .map((value) => (value === null ? 'null' : `'${value}'`))
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1');

const above0 = (what: string) =>
  v.pipe(
    v.number(`must be a number: ${what}`),
    v.check((x: number) => Number.isFinite(x) && x > 0, `must be above 0: ${what}`),
  );
const from0 = (what: string) =>
  v.pipe(
    v.number(`must be a number: ${what}`),
    v.check((x: number) => Number.isFinite(x) && x >= 0, `must be 0 or more: ${what}`),
  );
const whole = (min: number, what: string) =>
  v.pipe(
    v.number(`must be a number: ${what}`),
    v.integer(`must be a whole number: ${what}`),
    v.minValue(min, `must be at least ${min}: ${what}`),
    v.maxValue(2 ** 31 - 1, `must be below 2^31: ${what}`),
  );
const beta = v.pipe(
  v.number('must be a number: AdamW momentum'),
  v.check((x: number) => x >= 0 && x < 1, 'must be from 0 to below 1: AdamW momentum'),
);

// Strict: a misspelt key is an error, not a silent default. Tables learn at the rate of the rest and what makes the codes
// at a tenth: faster, the layers behind the first learn nothing (docs/adr/0012-slow-tables.md).
const schema = v.strictObject({
  steps: v.optional(whole(1, 'optimiser steps of the whole run'), 1000),
  batchSize: v.optional(whole(1, 'sequences a step'), 32),
  microBatchSize: v.optional(
    whole(0, 'sequences computed at once, to bound memory; 0 for the whole batch'),
    0,
  ),
  sequenceLength: v.optional(whole(4, 'tokens a sequence'), 128),
  mlmProbability: v.optional(
    v.pipe(
      v.number('must be a number: share of the tokens hidden and predicted'),
      v.check(
        (x: number) => x > 0 && x < 1,
        'must be above 0 and below 1: share of the tokens hidden and predicted',
      ),
    ),
    usualMlmProbability,
  ),
  learningRate: v.optional(above0('peak learning rate'), 1e-3),
  schedule: v.optional(v.picklist(scheduleNames, `must be ${alternatives(scheduleNames)}`), 'linear'),
  warmupSteps: v.optional(whole(0, 'steps of linear warm-up; 6% of steps unless given')),
  decaySteps: v.optional(
    whole(0, 'last steps, in which the rate of warmup_stable_decay falls; 0 for a fifth of steps'),
    0,
  ),
  weightDecay: v.optional(from0('decoupled weight decay of matrices and embeddings'), 0.01),
  tableWeightDecay: v.optional(from0('decoupled weight decay of the tables'), 0.01),
  betas: v.optional(v.tuple([beta, beta], 'must be two numbers, [beta1, beta2]'), [0.9, 0.98]),
  // A table row is read by few tokens, whose share in a mean loss is small. Its gradients are 2e-6 to 3e-5, and 4e-8 in a
  // block that was turned down: RoBERTa's epsilon of 1e-6 slows the one and stops the other.
  epsilon: v.optional(above0('AdamW epsilon'), 1e-12),
  clipNorm: v.optional(from0('largest global gradient norm; 0 for no clipping'), 1),
  tableLearningRate: v.optional(above0("multiplies the tables' learning rate"), 1),
  projectionLearningRate: v.optional(
    above0('multiplies the learning rate of the projections that make the codes'),
    0.1,
  ),
  cellVariation: v.optional(from0('weight of the cell-tv regulariser; 0 for none'), 0),
  cellVariationBits: v.optional(
    v.picklist(
      ['one', 'all'],
      "must be 'one' (a random bit a step, whose mean is that of all) or 'all': bits that cell-tv compares",
    ),
    'one',
  ),
  tableDropout: v.optional(
    v.pipe(
      v.number('must be a number: share of the look-ups left out in a step'),
      v.check((x: number) => x >= 0 && x < 1, 'must be from 0 to below 1: share of the look-ups left out'),
    ),
    0,
  ),
  annealFrom: v.optional(
    v.nullable(
      v.picklist(
        annealReads,
        `must be ${alternatives([...annealReads, null])}: read of the first annealSteps steps, before the model's own`,
      ),
    ),
    null,
  ),
  annealSteps: v.optional(whole(0, 'steps that read as annealFrom says'), 0),
  seed: v.optional(whole(0, 'seed of weights, data order and masks'), 0),
  evaluateEvery: v.optional(whole(0, 'steps between evaluations; 0 for the end only'), 0),
  evaluateSequences: v.optional(whole(0, 'validation sequences an evaluation; 0 for all'), 0),
  watchTables: v.optional(
    v.boolean('must be true or false: look at the tables whenever the model is evaluated'),
    false,
  ),
  checkpointEvery: v.optional(whole(0, 'steps between checkpoints; 0 for the end only'), 0),
  keepCheckpoints: v.optional(whole(1, 'checkpoints kept, newest first'), 2),
  keepBest: v.optional(v.boolean('must be true or false: keep the best evaluated checkpoint too'), false),
});

/** What may be set of a training run; everything has a default. */
export type TrainingOptionsInput = v.InferInput<typeof schema>;

/** The options of a training run, complete and in range. */
export type TrainingOptions = Readonly<Required<v.InferOutput<typeof schema>>>;

/**
 * Checks options and fills in defaults. Throws `INVALID_CONFIG` naming every key that is wrong (`details.keys`).
 * `path` stands before the keys in messages, e.g. `training.` for a config file's section.
 */
export function parseTrainingOptions(input: unknown = {}, path = ''): TrainingOptions {
  const result = v.safeParse(schema, input);
  if (!result.success) {
    const found = result.issues.map((issue) => {
      const key = path + (v.getDotPath(issue) ?? '');
      if (issue.expected === 'Object') return { key, text: 'they must be an object of options' };
      return {
        key,
        text:
          issue.expected === 'never'
            ? `${key} is not a known option; known are ${Object.keys(schema.entries).join(', ')}`
            : `${key} is ${JSON.stringify(issue.input) ?? String(issue.input)}; it ${issue.message}`,
      };
    });
    throw new LookupFfnError('INVALID_CONFIG', `Training options: ${found.map((f) => f.text).join('. ')}.`, {
      key: found[0]!.key,
      keys: found.map((f) => f.key),
    });
  }
  const { warmupSteps = Math.round(0.06 * result.output.steps), ...rest } = result.output;
  const { steps } = rest;
  const refuse = (part: keyof TrainingOptions, must: string) => {
    const key = path + part;
    throw new LookupFfnError('INVALID_CONFIG', `Training options: ${key} is ${options[part]}; ${must}.`, {
      key,
      keys: [key],
    });
  };
  const stable = rest.schedule === 'warmup_stable_decay';
  const decaySteps = rest.decaySteps || (stable ? Math.ceil(steps / 5) : 0);
  const options = { ...rest, warmupSteps, decaySteps };
  for (const part of ['warmupSteps', 'annealSteps'] as const) {
    if (options[part] > steps) refuse(part, `it must be at most steps, ${steps}`);
  }
  if (maskedCount(options.sequenceLength, options.mlmProbability) === 0) {
    refuse('mlmProbability', `that hides no token of ${options.sequenceLength}`);
  }
  if (decaySteps > 0 && !stable) refuse('decaySteps', 'it is for the schedule warmup_stable_decay only');
  if (warmupSteps + decaySteps > steps) {
    refuse('decaySteps', `with ${warmupSteps} warm-up steps it must be at most ${steps - warmupSteps}`);
  }
  return options;
}

/**
 * The options of a run that branches off from one with the options `begun`: its own, with the given ones over them. The
 * warm-up is done however many steps are to come, so that its length stays; the fall of another schedule is none of
 * the new one's. Throws as `parseTrainingOptions` does.
 */
export function forkOptions(
  begun: TrainingOptionsInput,
  given: TrainingOptionsInput = {},
  path = '',
): TrainingOptions {
  const { decaySteps, ...rest } = parseTrainingOptions(begun, path);
  const fall = (given.schedule ?? rest.schedule) === rest.schedule ? { decaySteps } : {};
  return parseTrainingOptions({ ...rest, ...fall, ...given }, path);
}
