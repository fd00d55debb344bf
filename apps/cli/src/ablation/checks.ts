import { LookupFfnError } from '@lookupffn/core';
import { decidingValues } from './deciding.js';
import type { AblationRun } from './grid.js';

export function invalid(path: string, key: string, message: string): LookupFfnError {
  return new LookupFfnError('INVALID_CONFIG', `${path}: ${key} ${message}.`, { path, key });
}

const shown = (value: unknown) => String(value).replace(/[^\w.+-]+/g, '_');

/** `tables=32` for `model.ffn.tables`. */
export const label = ([key, value]: readonly [string, unknown]): string =>
  `${key.split('.').at(-1)}=${shown(value)}`;

/** A run's own name is the first part of its folder's. */
export function checkRunName(path: string, run: string): void {
  if (shown(run) !== run)
    throw invalid(path, `runs.${run}`, 'must be a name of letters, digits, . + - and _');
}

/** Variants are named by the last parts of keys and by values: a name must tell which key has which value. */
export function checkLabels(path: string, grid: Readonly<Record<string, readonly unknown[]>>): void {
  const keyOf = new Map<string, string>();
  for (const [key, values] of Object.entries(grid)) {
    for (const value of values) {
      const name = label([key, value]);
      const other = keyOf.get(name);
      if (other === key)
        throw invalid(
          path,
          `grid.${key}`,
          `has two values that would both be named ${name}, in one folder. Give each value once, or make them runs, which have names of their own`,
        );
      if (other !== undefined) {
        throw invalid(
          path,
          `grid.${key}`,
          `and grid.${other} would both name a variant ${name}, so that its name would not tell which of them is meant. Give them no value in common, or make them runs, which have names of their own`,
        );
      }
      keyOf.set(name, key);
    }
  }
}

/** Refuses what a list of the grid itself would overwrite. `where` names the part of the file. */
export function checkOverwritten(
  path: string,
  where: string,
  part: Readonly<Record<string, unknown>> | null,
  horizons: readonly number[] | undefined,
): void {
  const { training } = part ?? {};
  if (typeof training !== 'object' || training === null) return;
  const key = (name: string) => `${where}.training.${name}`;
  if ('seed' in training) {
    throw invalid(path, key('seed'), "would be overwritten by the grid's seeds. Give seeds: [...] instead");
  }
  if (horizons && 'steps' in training) {
    throw invalid(path, key('steps'), 'would be overwritten by the horizons. Leave out the one or the other');
  }
}

/** Refuses a grid in which two runs would share a folder, or would be one and the same but for their names. */
export function checkDistinct(path: string, runs: readonly AblationRun[]): void {
  const names = new Set<string>();
  const nameOf = new Map<string, string>();
  for (const { name, config } of runs) {
    if (names.has(name)) {
      throw invalid(path, name, 'names two runs, in one folder. Give each seed, run and value once');
    }
    names.add(name);
    const deciding = JSON.stringify([config.tokenizer, ...decidingValues(config)]);
    const other = nameOf.get(deciding);
    if (other !== undefined) {
      throw invalid(
        path,
        `${other} and ${name}`,
        'are one and the same run: nothing that they set differently changes the result (annealFrom, for one, needs annealSteps). Leave one of them out',
      );
    }
    nameOf.set(deciding, name);
  }
}
