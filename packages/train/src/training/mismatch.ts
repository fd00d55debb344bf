import { LookupFfnError } from '@lookupffn/core';
import { configToJson, type RobertaConfig } from '@lookupffn/roberta';
import type { Corpus } from '../data/sequences.js';
import type { TrainerState } from './checkpoint.js';
import { parseTrainingOptions, type TrainingOptions, type TrainingOptionsInput } from './options.js';

/** May change between one part of a run and the next: they change no weight. */
const freeOptions: readonly string[] = [
  'evaluateEvery',
  'evaluateSequences',
  'checkpointEvery',
  'keepCheckpoints',
  'keepBest',
  'watchTables',
] satisfies (keyof TrainingOptions)[];

function flatten(value: unknown, path = ''): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, inner]) =>
    flatten(inner, path === '' ? key : `${path}.${key}`),
  );
}

/** Keys of either value that differ, as `key (was 1, now 2)`. */
function differences(was: unknown, now: unknown, prefix: string): { key: string; text: string }[] {
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
  const fixed = ({ ...all }: TrainingOptions) =>
    Object.fromEntries(Object.entries(all).filter(([key]) => !freeOptions.includes(key)));
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
  if (found.length > 0) {
    throw new LookupFfnError(
      'RUN_MISMATCH',
      `Cannot resume ${folder}: it differs in ${found.map(({ text }) => text).join('; ')}. Resume with what the run was started with, or start a new run in another folder.`,
      { keys: found.map(({ key }) => key), folder },
    );
  }
  return options;
}
