import { forwardSignatures, isLookupFfnError, type LookupFfnConfig } from '@lookupffn/core';
import { drawRows, drawWeights } from '../block.js';
import { type ConformanceCase, makeCase } from '../case.js';
import type { Findings } from '../findings.js';
import { normals, randomFor } from '../inputs.js';
import { type Call, type CallInput, execute, makeCall, type Outputs } from '../invoke.js';
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

/** Poisons the first row of an input that has rows, the whole of one that is shared. */
function poison(input: Float32Array, rows: number, perRow: boolean): Float32Array {
  const copy = input.slice();
  return copy.fill(Number.NaN, 0, perRow ? copy.length / rows : copy.length);
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
      inputs.set(argument.name, poison(input, rows, perRow));
      allowRefusal(findings, () => {
        const found = execute(backend, { ...call, inputs });
        checkPoisoned(findings, call, argument.name, perRow, rows, clean, found);
      });
    }
  });
}

/** Operations whose result may take the place of an input: the interface says so where each is declared. */
const inPlace: Readonly<Record<string, readonly string[]>> = {
  hadamard: ['x'],
  layerNorm: ['x'],
  gelu: ['x'],
  softmax: ['x'],
  add: ['a', 'b'],
};

function inPlaceCase(situation: Situation): ConformanceCase {
  return makeCase(
    'property',
    `ops.${situation.op}`,
    `in place: ${situation.label}`,
    (backend, findings, name) => {
      const call = makeCall('ops', situation, randomFor(name));
      const expected = execute(backend, call).get('y')!;
      for (const reused of inPlace[situation.op]!) {
        const inputs = [...call.inputs].map(
          ([key, array]) => [key, (array as Float32Array).slice()] as const,
        );
        const y = new Map(inputs).get(reused)!;
        // biome-ignore lint/suspicious/noExplicitAny: operations are walked by name here.
        (backend.ops as any)[situation.op](call.shape, ...inputs.map(([, array]) => array), y);
        findings.same(`y in the place of ${reused}`, y, expected as Float32Array);
      }
    },
  );
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

const config: LookupFfnConfig = {
  hidden: 96,
  out: 33,
  tables: 8,
  bits: 6,
  projection: 'bh4',
  block: 16,
  stages: 4,
  read: 'single',
};

const preparedNaNCases = (
  [
    ['single', 'f32'],
    ['two-cell', 'f32'],
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
    const shape = { ...config, read };
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

/** Weights are packed once: what happens to the arrays they came from afterwards does not matter. */
const packedCases = [
  makeCase('property', 'prepare.linear', 'keeps nothing of the arrays given', (backend, findings, name) => {
    const random = randomFor(name);
    const weight = normals(random, 13 * 7);
    const bias = normals(random, 13);
    const given = [weight.slice(), bias.slice()];
    const handle = backend.prepare.linear({ in: 7, out: 13 }, weight, bias);
    findings.same('weight was changed', weight, given[0]!);
    findings.same('bias was changed', bias, given[1]!);
    if (!(handle.bytes >= 4 * (13 * 7))) findings.fail(`says it holds ${handle.bytes} bytes`);
    const x = normals(random, 3 * 7);
    const before = new Float32Array(3 * 13);
    const after = new Float32Array(3 * 13);
    handle.forward(3, x, before);
    weight.fill(9);
    bias.fill(9);
    handle.forward(3, x, after);
    handle.dispose();
    findings.same('y', after, before);
  }),
  makeCase(
    'property',
    'prepare.lookupFfn',
    'keeps nothing of the arrays given',
    (backend, findings, name) => {
      const random = randomFor(name);
      const shape = { ...config, read: 'two-cell' } as const;
      const weights = drawWeights(random, shape, { norm: true, skip: true, score: ['temperature', 'beta'] });
      const arrays = [...Object.values(weights), ...Object.values(weights.norm ?? {})].filter(
        (value) => value instanceof Float32Array,
      );
      const given = arrays.map((array) => array.slice());
      const x = drawRows(random, shape, weights, 3);
      const handle = backend.prepare.lookupFfn(shape, weights);
      arrays.forEach((array, i) => {
        findings.same('a weight was changed', array, given[i]!);
      });
      if (!(handle.bytes >= weights.tables.byteLength)) findings.fail(`says it holds ${handle.bytes} bytes`);
      const before = new Float32Array(3 * shape.out);
      const after = new Float32Array(3 * shape.out);
      handle.forward(3, x, before);
      for (const array of arrays) array.fill(9);
      handle.forward(3, x, after);
      handle.dispose();
      findings.same('y', after, before);
    },
  ),
];

/** NaN goes through or is refused, results in place of inputs, and weights that are really packed. */
export const awkwardCases: readonly ConformanceCase[] = [
  ...firstOfEach().map(nanCase),
  ...situations.filter(({ op, only }) => op in inPlace && only === undefined).map(inPlaceCase),
  ...preparedLinearNaNCases,
  ...preparedNaNCases,
  ...packedCases,
];
