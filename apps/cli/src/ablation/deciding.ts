import { configToJson } from '@lookupffn/roberta';
import { parseTrainingOptions, type TrainingOptions } from '@lookupffn/train';
import { modelConfig } from '../training/config.js';
import type { CompleteTrainConfig } from '../training/presets.js';

/**
 * Change neither the weights nor the evaluation at the end. Fewer than what a resumed run may change: the number of
 * sequences evaluated changes the result, and `keepBest` the model that is left.
 */
const free: readonly string[] = [
  'evaluateEvery',
  'checkpointEvery',
  'keepCheckpoints',
  'watchTables',
] satisfies (keyof TrainingOptions)[];

function flatten(value: unknown, path: string): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [[path, JSON.stringify(value)]];
  }
  return Object.entries(value).flatMap(([key, inner]) => flatten(inner, `${path}.${key}`));
}

/** What is not used counts as not set. */
function used(options: TrainingOptions): TrainingOptions {
  const anneals = options.annealFrom !== null && options.annealSteps > 0;
  return anneals ? options : { ...options, annealFrom: null, annealSteps: 0 };
}

/**
 * All of a configuration that decides the result but for the tokenizer: JSON texts by key, defaults filled in, so that
 * configurations of different ages compare. Throws `INVALID_CONFIG`.
 */
export function decidingValues(config: CompleteTrainConfig): ReadonlyMap<string, string> {
  const options = Object.entries(used(parseTrainingOptions(config.training, 'training.')));
  return new Map([
    ...flatten(configToJson(modelConfig(config)), 'model'),
    ...flatten(Object.fromEntries(options.filter(([key]) => !free.includes(key))), 'training'),
    ['validationFraction', JSON.stringify(config.validationFraction)],
    ...(config.init ? flatten(config.init, 'init') : []),
  ]);
}
