import type { Tuning } from './cache.js';
import { findTuning } from './cache.js';

/** What one may choose by hand; whatever is chosen stays. */
interface Chosen {
  readonly threads?: number | undefined;
  readonly linearDtype?: Tuning['precision']['linearDtype'];
  readonly tableDtype?: Tuning['precision']['tableDtype'];
  readonly projectionDtype?: Tuning['precision']['projectionDtype'];
}

export interface Tuned extends Chosen {
  readonly tileRows?: number | undefined;
  /** What was taken from where, for the session to tell. */
  readonly notes: readonly string[];
}

function describe({ precision, options, made }: Tuning): string {
  const parts = Object.entries({ ...precision, ...options }).map(([name, value]) => `${name} ${value}`);
  return `${parts.join(', ')} (lookupffn tune, ${made.slice(0, 10)}; LOOKUPFFN_TUNE=off ignores it)`;
}

/** Fills in what was not chosen from the tuning of this model on this machine. */
export async function applyTuning(folder: string, backend: string, chosen: Chosen): Promise<Tuned> {
  const { threads, linearDtype, tableDtype, projectionDtype } = chosen;
  const kept = { threads, linearDtype, tableDtype, projectionDtype };
  if (process.env.LOOKUPFFN_TUNE === 'off') return { ...kept, notes: [] };
  const { tuning, problem } = await findTuning(folder, backend);
  if (!tuning) return { ...kept, notes: problem === undefined ? [] : [problem] };
  const { precision, options } = tuning;
  return {
    // A variable of the environment is a choice too.
    threads: threads ?? (process.env.LOOKUPFFN_NUM_THREADS ? undefined : options.threads),
    linearDtype: linearDtype ?? precision.linearDtype,
    tableDtype: tableDtype ?? precision.tableDtype,
    projectionDtype: projectionDtype ?? precision.projectionDtype,
    tileRows: options.tileRows,
    notes: [`Tuned: ${describe(tuning)}.`],
  };
}
