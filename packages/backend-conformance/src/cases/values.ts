import { forwardSignatures, gradSignatures } from '@lookupffn/core';
import { type ConformanceCase, makeCase } from '../case.js';
import type { Findings } from '../findings.js';
import { randomFor } from '../inputs.js';
import { execute, makeCall, type Outputs } from '../invoke.js';
import { getOracle } from '../oracle.js';
import { type Situation, situations } from '../situations.js';
import { GRADIENT_FACTOR } from '../tolerances.js';

/** Whole numbers (codes, cells) exactly: their z is given, so nothing can round them over a boundary. */
export function compareOutputs(
  findings: Findings,
  actual: Outputs,
  expected: Outputs,
  tolerance: number,
): void {
  for (const [name, values] of expected) {
    const found = actual.get(name)!;
    if (values instanceof Int32Array) findings.same(name, found, values);
    else findings.close(name, found, values, tolerance);
  }
}

function valueCase(situation: Situation): ConformanceCase {
  return makeCase('value', `ops.${situation.op}`, situation.label, (backend, findings, name) => {
    const call = makeCall('ops', situation, randomFor(name));
    const expected = execute(getOracle(), call);
    const actual = execute(backend, call, { findings });
    compareOutputs(findings, actual, expected, backend.info.tolerance);
  });
}

function gradientCase(situation: Situation): ConformanceCase {
  return makeCase('gradient', `grad.${situation.op}`, situation.label, (backend, findings, name) => {
    const call = makeCall('grad', situation, randomFor(name));
    const expected = execute(getOracle(), call);
    const actual = execute(backend, call, { findings });
    compareOutputs(findings, actual, expected, backend.info.tolerance * GRADIENT_FACTOR);
  });
}

/** Each operation in each situation, against the oracle. */
export const valueCases: readonly ConformanceCase[] = situations
  .filter(({ op, only }) => op in forwardSignatures && only !== 'gradient')
  .map(valueCase);

export const gradientCases: readonly ConformanceCase[] = situations
  .filter(({ op, only }) => op in gradSignatures && only !== 'value')
  .map(gradientCase);
