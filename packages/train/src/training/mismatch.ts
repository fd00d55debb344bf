import { type Backend, LookupFfnError } from '@lookupffn/core';
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

/** May be others in a fork: how the run ends, as long as the schedule of the steps done is the same. */
const endOptions: readonly string[] = ['steps', 'schedule', 'decaySteps'] satisfies (keyof TrainingOptions)[];

/**
 * May be others in a fork from its first step on: a lower rate is the way on from a run that diverged, and what a
 * regulariser or another share of masks is worth late in a run shows without the run before it.
 */
const recipeOptions: readonly string[] = [
  'learningRate',
  'tableLearningRate',
  'projectionLearningRate',
  'weightDecay',
  'tableWeightDecay',
  'clipNorm',
  'cellVariation',
  'cellVariationBits',
  'tableDropout',
  'mlmProbability',
] satisfies (keyof TrainingOptions)[];

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
  /** Whoever asks for it may go on all the same. */
  readonly forcible?: boolean;
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
  /** Takes another corpus, or another tokenizer of as many ids, than the run's. */
  readonly force?: boolean;
}

/** How to go on, and which of corpus and tokenizer were forced to be others. */
export interface Continuation {
  readonly options: TrainingOptions;
  readonly forced: readonly string[];
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
    const text = 'the tokenizer (another one than the run was started with)';
    found.push({ key: 'tokenizer', text, forcible: true });
  }
  if (given.corpus.hash !== state.corpusHash) {
    const text = 'the corpus (its texts, their split or their tokens have changed)';
    found.push({ key: 'corpus', text, forcible: true });
  }
  return found;
}

/** Throws `RUN_MISMATCH` unless all that differs is forced; returns what that is. */
function refuse(
  found: readonly Mismatch[],
  { folder, force = false }: { readonly folder: string; readonly force?: boolean },
  cannot: string,
  remedy: string,
): string[] {
  if (force && found.every(({ forcible }) => forcible)) return found.map(({ text }) => text);
  if (found.length === 0) return [];
  const forcing = found.every(({ forcible }) => forcible)
    ? ' To go on all the same, force it (--force).'
    : '';
  throw new LookupFfnError(
    'RUN_MISMATCH',
    `Cannot ${cannot}: it differs in ${found.map(({ text }) => text).join('; ')}. ${remedy}${forcing}`,
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
): Continuation {
  const options = parseTrainingOptions({ ...state.options, ...given.options });
  const forced = refuse(
    mismatches(state, config, options, given, freeOptions),
    { folder, force: given.force },
    `resume ${folder}`,
    'Resume with what the run was started with, or start a new run in another folder.',
  );
  return { options, forced };
}

/**
 * As `checkSameRun` for a run that branches off from a checkpoint. It is a run of its own, which may have other learning
 * rates and regularisers from there on; and its end may be another one, but every step done must have had the share of
 * the peak rate that the new schedule gives it.
 */
export function checkFork(
  folder: string,
  state: TrainerState,
  config: RobertaConfig,
  given: ResumedWith,
): Continuation {
  const options = forkOptions(state.options, given.options);
  const found = mismatches(state, config, options, given, [...freeOptions, ...endOptions, ...recipeOptions]);
  if (options.steps <= state.step) {
    found.push({
      key: 'options.steps',
      text: `options.steps (${state.step} are done, now ${options.steps})`,
    });
  }
  const sameRate = { ...options, learningRate: state.options.learningRate };
  for (let step = 1; step <= state.step; step++) {
    const [was, now] = [learningRateAt(step, state.options), learningRateAt(step, sameRate)];
    if (was === now) continue;
    const text = `the schedule (step ${step} had the learning rate ${was}, ${options.schedule} over ${options.steps} steps gives it ${now})`;
    found.push({ key: 'options.schedule', text });
    break;
  }
  const forced = refuse(
    found,
    { folder, force: given.force },
    `go on from step ${state.step} of ${folder}`,
    'Only learning rates, regularisers and the end may be others: take an earlier checkpoint, a later or shorter fall, or start a new run.',
  );
  return { options, forced };
}

/** Losses are bit-identical on the same backend with the same number of threads only. */
export function changedBackend(state: TrainerState, { info }: Backend): string[] {
  const text = ({ name, isa, threads }: TrainerState['backend']) => `${name} (${isa}), threads ${threads}`;
  const [was, now] = [text(state.backend), text(info)];
  return was === now ? [] : [`the backend (was ${was}, now ${now}: losses differ in the last digits)`];
}
