import { type Backend, LookupFfnError } from '@lookupffn/core';
import type { CaseGroup, ConformanceCase } from './case.js';
import { conformanceCases } from './cases.js';
import type { CaseOutcome } from './findings.js';
import { goldenConformanceCases } from './golden/cases.js';
import { readGoldenCases } from './golden/folder.js';
import type { GoldenCase } from './golden/parse.js';

/** Text that a case's name contains, or a pattern that it matches. */
export type NamePattern = string | RegExp;

export interface SkipRule {
  readonly pattern: NamePattern;
  /** Shown in the report. A skip without one is refused. */
  readonly reason: string;
}

export interface ConformanceOptions {
  /** Run only these cases. */
  readonly filter?: NamePattern | ((one: ConformanceCase) => boolean);
  /** Cases that the backend cannot run, and why. */
  readonly skip?: readonly SkipRule[];
  /** Folders of golden files (Node). */
  readonly goldenFolders?: readonly string[];
  /** Golden cases that were read already, e.g. in a browser. */
  readonly goldenCases?: readonly GoldenCase[];
  /** Called after each case. */
  readonly onResult?: (result: ConformanceResult) => void;
}

export interface ConformanceResult {
  readonly name: string;
  readonly group: CaseGroup;
  readonly op: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Why it failed or was skipped; a remark, or empty, when it passed. */
  readonly reason: string;
  /** Of the comparison nearest to its tolerance; 0 when nothing but exact comparisons was made. */
  readonly maxError: number;
  readonly tolerance: number;
  /** Whether the backend brings the operation itself, or it was filled in. Golden cases pass through several. */
  readonly own: boolean;
}

export interface ConformanceReport {
  readonly backend: string;
  readonly isa: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** In the order of the list. */
  readonly cases: readonly ConformanceResult[];
  /** Skip patterns that met no case: left over, or misspelt. */
  readonly unusedSkips: readonly string[];
}

export function matches(pattern: NamePattern, name: string): boolean {
  // A new search each time: a global RegExp remembers where it was.
  return typeof pattern === 'string' ? name.includes(pattern) : name.search(pattern) >= 0;
}

/** Throws `INVALID_ARGUMENT` for a skip that does not say why. */
export function checkSkips(skips: readonly SkipRule[]): void {
  for (const { pattern, reason } of skips) {
    if (typeof reason !== 'string' || reason.trim() === '') {
      throw new LookupFfnError(
        'INVALID_ARGUMENT',
        `The skip of '${pattern}' gives no reason. Say why the backend cannot run these cases.`,
        { pattern: String(pattern) },
      );
    }
    if (pattern === '') {
      throw new LookupFfnError('INVALID_ARGUMENT', 'An empty skip pattern would skip every case.');
    }
  }
}

/** An exception is a failure of its case, whatever it is. */
export function runCase(one: ConformanceCase, backend: Backend): CaseOutcome {
  try {
    return one.run(backend);
  } catch (error) {
    const problem =
      error instanceof Error ? `threw ${error.name}: ${error.message}` : `threw ${String(error)}`;
    return { maxError: 0, tolerance: 0, problems: [problem] };
  }
}

function isOwn(backend: Backend, op: string): boolean {
  // Golden cases name a whole group.
  return backend.info.own.some((name) => name === op || name.startsWith(`${op}.`));
}

function resultOf(one: ConformanceCase, backend: Backend): ConformanceResult {
  const { maxError, tolerance, problems, note } = runCase(one, backend);
  const shown = problems.slice(0, 3).join('; ');
  const more = problems.length > 3 ? `; and ${problems.length - 3} more` : '';
  return {
    name: one.name,
    group: one.group,
    op: one.op,
    status: problems.length > 0 ? 'failed' : 'passed',
    reason: problems.length > 0 ? shown + more : (note ?? ''),
    maxError,
    tolerance,
    own: isOwn(backend, one.op),
  };
}

async function collectCases(options: ConformanceOptions): Promise<ConformanceCase[]> {
  const goldens = [...(options.goldenCases ?? [])];
  for (const folder of options.goldenFolders ?? []) goldens.push(...(await readGoldenCases(folder)));
  const all = [...conformanceCases, ...goldenConformanceCases(goldens)];
  const { filter } = options;
  if (filter === undefined) return all;
  const chosen = all.filter((one) =>
    typeof filter === 'function' ? filter(one) : matches(filter, one.name),
  );
  if (chosen.length === 0) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `No conformance case matches ${String(filter)}. Names look like '${all[0]!.name}'.`,
    );
  }
  return chosen;
}

/**
 * Runs the list (and golden cases, when given) on a backend. Rejects with `INVALID_ARGUMENT` for a skip without a
 * reason or a filter that leaves nothing, and with what reading golden files throws; a failing case never rejects.
 */
export async function runConformance(
  backend: Backend,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const skips = options.skip ?? [];
  checkSkips(skips);
  const unused = new Set(skips);
  const results: ConformanceResult[] = [];
  let pausedAt = Date.now();
  for (const one of await collectCases(options)) {
    const rules = skips.filter(({ pattern }) => matches(pattern, one.name));
    for (const rule of rules) unused.delete(rule);
    const result: ConformanceResult = rules[0]
      ? {
          ...{ name: one.name, group: one.group, op: one.op },
          status: 'skipped',
          reason: rules[0].reason,
          maxError: 0,
          tolerance: 0,
          own: isOwn(backend, one.op),
        }
      : resultOf(one, backend);
    results.push(result);
    options.onResult?.(result);
    // A page or a progress line gets its turn.
    if (Date.now() - pausedAt > 50) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      pausedAt = Date.now();
    }
  }
  const count = (status: ConformanceResult['status']) => results.filter((r) => r.status === status).length;
  return {
    backend: backend.info.name,
    isa: backend.info.isa,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    cases: results,
    unusedSkips: [...unused].map(({ pattern }) => String(pattern)),
  };
}
