import { LookupFfnError } from '@lookupffn/core';
import { configToJson, type RobertaConfig } from '@lookupffn/roberta';
import type { Corpus } from '../data/sequences.js';
import { learningRateAt } from '../optimizer/schedule.js';
import type { TrainerState } from './checkpoint.js';
import {
  forkOptions,
  parseTrainingOptions,
  type TrainingOptions,
  type TrainingOptionsInput,
} from './options.js';

/** May change between one part of a run and the next: they change no weight. */
const freeOptions: readonly string[] = [
  'evaluateEvery',
  'evaluateSequences',
  'checkpointEvery',
  'keepCheckpoints',
  'keepBest',
  'watchTables',
] satisfies (keyof TrainingOptions)[];

/** May be others in a fork: how the run ends, as long as the steps done would have been the same. */
const endOptions: readonly string[] = ['steps', 'schedule', 'decaySteps'] satisfies (keyof TrainingOptions)[];

function flatten(value: unknown, path = ''): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, inner]) =>
    flatten(inner, path === '' ? key : `${path}.${key}`),
  );
}

interface Mismatch {
  readonly key: string;
  readonly text: string;
}

/** Keys of either value that differ, as `key (was 1, now 2)`. */
function differences(was: unknown, now: unknown, prefix: string): Mismatch[] {
  const old = new Map(flatten(was));
  const given = new Map(flatten(now));
  return [...new Set([...old.keys(), ...given.keys()])]
    .filter((key) => old.get(key) !== given.get(key))
    .map((key) => ({
      key: `${prefix}${key}`,
      text: `${prefix}${key} (was ${old.get(key) ?? 'absent'}, now ${given.get(key) ?? 'absent'})`,
    }));
}

/** What somebody who resumes a run has at hand. */
export interface ResumedWith {
  readonly config?: RobertaConfig;
  readonly options?: TrainingOptionsInput;
  readonly corpus: Corpus;
}

/** Of a resumed run and of a fork: each key in which what is given is not the run's. */
function mismatches(
  state: TrainerState,
  config: RobertaConfig,
  options: TrainingOptions,
  given: ResumedWith,
  free: readonly string[],
): Mismatch[] {
  const fixed = ({ ...all }: TrainingOptions) =>
    Object.fromEntries(Object.entries(all).filter(([key]) => !free.includes(key)));
  const found = [
    ...(given.config ? differences(configToJson(config), configToJson(given.config), 'config.') : []),
    ...differences(fixed(state.options), fixed(options), 'options.'),
  ];
  if (given.corpus.tokenizerHash !== state.tokenizerHash) {
    found.push({ key: 'tokenizer', text: 'the tokenizer (another one than the run was started with)' });
  }
  if (given.corpus.hash !== state.corpusHash) {
    found.push({ key: 'corpus', text: 'the corpus (its texts, their split or their tokens have changed)' });
  }
  return found;
}

function refuse(found: readonly Mismatch[], folder: string, cannot: string, remedy: string): void {
  if (found.length === 0) return;
  throw new LookupFfnError(
    'RUN_MISMATCH',
    `Cannot ${cannot}: it differs in ${found.map(({ text }) => text).join('; ')}. ${remedy}`,
    { keys: found.map(({ key }) => key), folder },
  );
}

/**
 * The options to go on with: the checkpoint's, and the given ones where they are free to change. Throws
 * `RUN_MISMATCH` naming each key in which the given config, options, corpus or tokenizer is not the run's
 * (`details.keys`).
 */
export function checkSameRun(
  folder: string,
  state: TrainerState,
  config: RobertaConfig,
  given: ResumedWith,
): TrainingOptions {
  const options = parseTrainingOptions({ ...state.options, ...given.options });
  refuse(
    mismatches(state, config, options, given, freeOptions),
    folder,
    `resume ${folder}`,
    'Resume with what the run was started with, or start a new run in another folder.',
  );
  return options;
}

/**
 * As `checkSameRun` for a run that branches off from a checkpoint: its end may be another one, but every step done must
 * have had the learning rate that the new schedule gives it.
 */
export function checkFork(
  folder: string,
  state: TrainerState,
  config: RobertaConfig,
  given: ResumedWith,
): TrainingOptions {
  const options = forkOptions(state.options, given.options);
  const found = mismatches(state, config, options, given, [...freeOptions, ...endOptions]);
  if (options.steps <= state.step) {
    found.push({
      key: 'options.steps',
      text: `options.steps (${state.step} are done, now ${options.steps})`,
    });
  }
  for (let step = 1; step <= state.step; step++) {
    const [was, now] = [learningRateAt(step, state.options), learningRateAt(step, options)];
    if (was === now) continue;
    const text = `the schedule (step ${step} had the learning rate ${was}, ${options.schedule} over ${options.steps} steps gives it ${now})`;
    found.push({ key: 'options.schedule', text });
    break;
  }
  refuse(
    found,
    folder,
    `go on from step ${state.step} of ${folder}`,
    'Only the end may be another: take an earlier checkpoint, a later or shorter fall, or start a new run.',
  );
  return options;
}
