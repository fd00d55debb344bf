import { LookupFfnError } from '@lookupffn/core';
import type { AblationRun } from './grid.js';

/**
 * The runs that one of the choices names, and all that those branch off from. A choice is parts of a run's name, between
 * commas: `lookup,seed=0` is every run of `lookup` with that seed. Throws `INVALID_ARGUMENT` for one that names none.
 */
export function chooseRuns(runs: readonly AblationRun[], choices: readonly string[]): AblationRun[] {
  const results = runs.filter(({ trunk }) => !trunk);
  const wanted = new Set<string>();
  for (const choice of choices) {
    const parts = choice.split(',');
    const found = results.filter(({ name }) => {
      const has = new Set(name.split(','));
      return parts.every((part) => has.has(part));
    });
    if (found.length === 0) {
      const names = results.map(({ name }) => name).join(' ');
      throw new LookupFfnError(
        'INVALID_ARGUMENT',
        `${choice} is part of no run's name. The runs are ${names}.`,
        {
          only: choice,
        },
      );
    }
    for (const { name } of found) wanted.add(name);
  }
  // Whatever is branched off from stands before its branches.
  for (const { name, from } of [...runs].reverse())
    if (from !== undefined && wanted.has(name)) wanted.add(from);
  return runs.filter(({ name }) => wanted.has(name));
}
