import { gradSignatures } from '@lookupffn/core';
import { type ConformanceCase, makeCase } from '../case.js';
import { magnitude } from '../findings.js';
import { normals, randomFor } from '../inputs.js';
import { execute, makeCall, type Outputs, outputArguments, signatureOf } from '../invoke.js';
import { getOracle } from '../oracle.js';
import { type Situation, situations } from '../situations.js';
import { GRADIENT_FACTOR } from '../tolerances.js';
import { compareOutputs } from './values.js';

/** Two passes on top of values that were there already: `start + 2 gradient`. */
function addingCase(situation: Situation): ConformanceCase {
  return makeCase(
    'property',
    `grad.${situation.op}`,
    `adds: ${situation.label}`,
    (backend, findings, name) => {
      const random = randomFor(name);
      const call = makeCall('grad', situation, random);
      const gradient = execute(getOracle(), call);
      const start: Outputs = new Map();
      for (const [output, values] of gradient) {
        start.set(output, normals(random, values.length, magnitude(values)));
      }
      const actual = execute(backend, call, { start, times: 2 });
      for (const [output, values] of gradient) {
        const before = start.get(output)!;
        const expected = Float64Array.from(values, (value, i) => before[i]! + 2 * value);
        findings.close(output, actual.get(output)!, expected, backend.info.tolerance * GRADIENT_FACTOR);
      }
    },
  );
}

/** Each gradient asked for by itself, null for the others, is the one of all together. */
function aloneCase(situation: Situation): ConformanceCase {
  const label = `one gradient at a time: ${situation.label}`;
  return makeCase('property', `grad.${situation.op}`, label, (backend, findings, name) => {
    const call = makeCall('grad', situation, randomFor(name));
    const expected = execute(getOracle(), call);
    for (const output of call.outputs.keys()) {
      const alone = execute(backend, call, { only: [output] });
      const wanted: Outputs = new Map([[output, expected.get(output)!]]);
      compareOutputs(findings, alone, wanted, backend.info.tolerance * GRADIENT_FACTOR);
    }
    execute(backend, call, { only: [] });
  });
}

/** The same call twice gives the same bits: a resumed training must not drift, whatever the threads do. */
function repeatableCase(situation: Situation): ConformanceCase {
  const label = `repeatable: ${situation.label}`;
  return makeCase('property', `grad.${situation.op}`, label, (backend, findings, name) => {
    const call = makeCall('grad', situation, randomFor(name));
    const first = execute(backend, call);
    for (let i = 0; i < 3; i++) {
      for (const [output, values] of execute(backend, call)) {
        findings.same(output, values, first.get(output)!);
      }
    }
  });
}

const withGradient = situations.filter(({ op, only }) => op in gradSignatures && only !== 'value');

/** Arguments to compute with, as a measure of a situation's size. */
function work(situation: Situation): number {
  return signatureOf('grad', situation.op).args.reduce(
    (sum, argument) => sum + (argument === 'score' ? 0 : argument.length(situation.shape)),
    0,
  );
}

/** The largest situation of each operation (of each read), where threads share the work. */
function largestOfEach(): Situation[] {
  const best = new Map<string, Situation>();
  for (const situation of withGradient) {
    const key = `${situation.op} ${situation.shape.read ?? ''}`;
    const found = best.get(key);
    if (!found || work(situation) > work(found)) best.set(key, situation);
  }
  return [...best.values()];
}
const largest = largestOfEach();

const isOptional = ({ op }: Situation) => outputArguments('grad', op).every(({ optional }) => optional);

export const accumulateCases: readonly ConformanceCase[] = [
  ...withGradient.filter(({ shape }) => shape.rows !== 0 && shape.size !== 0).map(addingCase),
  ...largest.map(repeatableCase),
  ...largest.filter(isOptional).map(aloneCase),
];
