import type { Backend } from '@lookupffn/core';
import { type CaseOutcome, Findings } from './findings.js';

export type CaseGroup = 'value' | 'gradient' | 'optim' | 'prepared' | 'property' | 'golden';

/** One question to a backend. Asking it twice gives the same answer: inputs come from the case's name. */
export interface ConformanceCase {
  readonly group: CaseGroup;
  /** As in `BackendInfo.own`, e.g. `ops.linear`. */
  readonly op: string;
  /** Unique in the list; filters and skips match against it. */
  readonly name: string;
  /** Throws only when the backend does. */
  run(backend: Backend): CaseOutcome;
}

/** A case from a function that writes down what it finds. */
export function makeCase(
  group: CaseGroup,
  op: string,
  label: string,
  examine: (backend: Backend, findings: Findings, name: string) => void,
): ConformanceCase {
  const name = `${group} ${op} ${label}`;
  return {
    group,
    op,
    name,
    run(backend) {
      const findings = new Findings();
      examine(backend, findings, name);
      return findings.outcome();
    },
  };
}
