import { forwardSignatures, isLookupFfnError } from '@lookupffn/core';
import { drawRows, drawWeights, plainBlock } from '../block.js';
import { type ConformanceCase, makeCase } from '../case.js';
import type { Findings } from '../findings.js';
import { normals, randomFor } from '../inputs.js';
import { type Call, type CallInput, execute, makeCall, type Outputs } from '../invoke.js';
import { getOracle } from '../oracle.js';
import { type Situation, situations } from '../situations.js';
import { isPerRow } from './batch.js';

/** Runs something that may refuse its input, but only with an error of ours. */
function allowRefusal(findings: Findings, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isLookupFfnError(error)) throw error;
    findings.note = `refused: ${error.code}`;
  }
}

const hasNaN = (values: Float32Array | Int32Array) => values.some((value) => Number.isNaN(value));

/** Poisons the first number of the first row of an input that has rows, the whole of one that is shared. */
function poison(input: Float32Array, perRow: boolean): Float32Array {
  return input.slice().fill(Number.NaN, 0, perRow ? 1 : input.length);
}

function checkPoisoned(
  findings: Findings,
  call: Call,
  argument: string,
  perRow: boolean,
  rows: number,
  clean: Outputs,
  found: Outputs,
): void {
  const floats = [...found.values()].filter((values) => values instanceof Float32Array);
  if (!floats.some(hasNaN)) findings.fail(`NaN in ${argument} left no NaN in the result`);
  for (const [output, values] of found) {
    if (values instanceof Int32Array) {
      // A cell out of range would be read as somebody else's memory by the next operation.
      const below = 2 ** call.shape.bits;
      if (values.some((cell) => cell < 0 || cell >= below)) {
        findings.fail(`NaN in ${argument}: ${output} has a cell outside of 0 to ${below - 1}`);
      }
    }
    if (!perRow) continue;
    const width = values.length / rows;
    findings.same(
      `NaN in row 0 of ${argument}: ${output} of the other rows`,
      values.slice(width) as Float32Array,
      clean.get(output)!.slice(width),
    );
  }
}

function nanCase(situation: Situation): ConformanceCase {
  return makeCase('property', `ops.${situation.op}`, `NaN: ${situation.label}`, (backend, findings, name) => {
    const call = makeCall('ops', situation, randomFor(name));
    const clean = execute(backend, call);
    // A sequence shares its rows, so there NaN may spread: it is one row.
    const key = 'rows' in call.shape && call.op !== 'attention' ? 'rows' : 'size';
    const rows: number = key in call.shape ? call.shape[key] : 1;
    for (const argument of forwardSignatures[situation.op as keyof typeof forwardSignatures].args) {
      if (argument === 'score') continue;
      const input = call.inputs.get(argument.name);
      if (!(input instanceof Float32Array)) continue;
      const perRow = rows > 1 && isPerRow(argument, call.shape, key);
      const inputs = new Map<string, CallInput>(call.inputs);
      inputs.set(argument.name, poison(input, perRow));
      allowRefusal(findings, () => {
        const poisoned = { ...call, inputs };
        const found = execute(backend, poisoned);
        // A NaN's bit is 0. (Which other cell a read takes beside it is nobody's promise.)
        if (call.op === 'hash') {
          findings.same('codes', found.get('codes')!, execute(getOracle(), poisoned).get('codes')!);
        }
        checkPoisoned(findings, call, argument.name, perRow, rows, clean, found);
      });
    }
  });
}

const several = ({ op, shape, only, score }: Situation) =>
  op in forwardSignatures && only === undefined && !score && (shape.rows ?? shape.size) > 1;

/** The first situation of each operation (of each read) with more than one row. */
function firstOfEach(): Situation[] {
  const first = new Map<string, Situation>();
  for (const situation of situations.filter(several)) {
    const key = `${situation.op} ${situation.shape.read ?? ''} ${situation.shape.projection ?? ''}`;
    if (!first.has(key)) first.set(key, situation);
  }
  return [...first.values()];
}

const preparedNaNCases = (
  [
    ['single', 'f32'],
    ['two-cell', 'f32'],
    ['four-cell', 'f32'],
    ['neighbours', 'f32'],
    ['full', 'f32'],
    ['single', 'int8'],
    ['single', 'int4'],
    ['single', 'bf16'],
    ['single', 'f16'],
  ] as const
).map(([read, tableDtype]) =>
  makeCase('property', 'prepare.lookupFfn', `NaN: ${read} ${tableDtype}`, (backend, findings, name) => {
    const random = randomFor(name);
    const shape = { ...plainBlock, read };
    const weights = drawWeights(random, shape, { norm: true });
    const handle = backend.prepare.lookupFfn(shape, weights, { tableDtype });
    const x = drawRows(random, shape, weights, 5);
    const clean = new Float32Array(5 * shape.out);
    handle.forward(5, x, clean);
    x[3] = Number.NaN;
    const found = new Float32Array(5 * shape.out);
    allowRefusal(findings, () => {
      handle.forward(5, x, found);
      if (!hasNaN(found.subarray(0, shape.out))) findings.fail('NaN in row 0 left no NaN in its result');
      findings.same('the other rows', found.slice(shape.out), clean.slice(shape.out));
    });
    handle.dispose();
  }),
);

const preparedLinearNaNCases = (['f32', 'int8'] as const).map((dtype) =>
  makeCase('property', 'prepare.linear', `NaN: ${dtype}`, (backend, findings, name) => {
    const random = randomFor(name);
    const handle = backend.prepare.linear({ in: 96, out: 33, dtype }, normals(random, 33 * 96), null);
    const x = normals(random, 5 * 96);
    const clean = new Float32Array(5 * 33);
    handle.forward(5, x, clean);
    x[3] = Number.NaN;
    const found = new Float32Array(5 * 33);
    allowRefusal(findings, () => {
      handle.forward(5, x, found);
      if (!hasNaN(found.subarray(0, 33))) findings.fail('NaN in row 0 left no NaN in its result');
      findings.same('the other rows', found.slice(33), clean.slice(33));
    });
    handle.dispose();
  }),
);

/** NaN goes through or is refused; it never vanishes, spreads to other rows or crashes. */
export const nanCases: readonly ConformanceCase[] = [
  ...firstOfEach().map(nanCase),
  ...preparedLinearNaNCases,
  ...preparedNaNCases,
];
