import {
  type AnySignature,
  type ArrayArgument,
  forwardSignatures,
  type LinearDtype,
  type LookupFfnConfig,
  type Prepared,
  type TableDtype,
} from '@lookupffn/core';
import { type BlockExtras, drawRows, drawWeights } from '../block.js';
import { type ConformanceCase, makeCase } from '../case.js';
import { normals, randomFor } from '../inputs.js';
import { type Call, type CallInput, execute, makeCall, type Outputs, signatureOf } from '../invoke.js';
import { type Situation, situations } from '../situations.js';

/** What independent parts of an input are counted by: rows, or the single elements of a flat operation. */
function countKey(signature: AnySignature): 'rows' | 'size' {
  return 'rows' in signature.sizes ? 'rows' : 'size';
}

/** Whether an argument has one part per row, as its length tells; the others are shared. */
// biome-ignore lint/suspicious/noExplicitAny: shapes differ per operation.
export function isPerRow(argument: ArrayArgument<any>, shape: any, key: string): boolean {
  return (
    argument.length({ ...shape, [key]: 2 }) === 2 * argument.length({ ...shape, [key]: 1 }) &&
    argument.length({ ...shape, [key]: 0 }) === 0
  );
}

function partOf(input: CallInput, from: number, to: number, total: number): CallInput {
  const array = input as Float32Array | Int32Array;
  const width = array.length / total;
  return array.slice(from * width, to * width);
}

/** The call over a range of rows alone. */
function subCall(call: Call, from: number, to: number, changes: Record<string, CallInput> = {}): Call {
  const signature = signatureOf(call.group, call.op);
  const key = countKey(signature);
  const total: number = call.shape[key];
  const shape = { ...call.shape, [key]: to - from };
  if (changes.offsets) shape.sequences = (changes.offsets as Int32Array).length - 1;
  const inputs = new Map(call.inputs);
  const outputs = new Map(call.outputs);
  for (const argument of signature.args) {
    if (argument === 'score') continue;
    const { name } = argument;
    const input = inputs.get(name);
    if (name in changes) inputs.set(name, changes[name]!);
    else if (input && isPerRow(argument, call.shape, key)) inputs.set(name, partOf(input, from, to, total));
    if (outputs.has(name)) outputs.set(name, { argument, length: argument.length(shape) });
  }
  return { ...call, shape, inputs, outputs };
}

/** Rows that make a result by themselves: sequences for attention, else each row. */
function partsOf(call: Call): { from: number; to: number; changes?: Record<string, CallInput> }[] {
  if (call.op === 'attention') {
    const offsets = call.inputs.get('offsets') as Int32Array;
    return Array.from(offsets.subarray(1), (to, i) => {
      const from = offsets[i]!;
      return { from, to, changes: { offsets: Int32Array.of(0, to - from) } };
    });
  }
  const total: number = call.shape[countKey(signatureOf(call.group, call.op))];
  return Array.from({ length: total }, (_, row) => ({ from: row, to: row + 1 }));
}

function batchCase(situation: Situation): ConformanceCase {
  const label = `rows alone and together: ${situation.label}`;
  return makeCase('property', `ops.${situation.op}`, label, (backend, findings, name) => {
    const call = makeCall('ops', situation, randomFor(name));
    const together = execute(backend, call);
    const total: number = call.shape[countKey(signatureOf(call.group, call.op))];
    for (const { from, to, changes } of partsOf(call)) {
      const alone: Outputs = execute(backend, subCall(call, from, to, changes));
      for (const [output, values] of alone) {
        const part = partOf(together.get(output)!, from, to, total) as Float32Array;
        findings.same(`${output} of rows ${from} to ${to}`, values, part);
      }
    }
  });
}

/** Situations with several rows, small enough to run row by row. */
function worthSplitting({ op, shape }: Situation): boolean {
  const count = shape[countKey(signatureOf('ops', op))];
  return count > 1 && count < 100;
}

const opCases = situations
  .filter((s) => s.op in forwardSignatures && s.only !== 'gradient')
  .filter(worthSplitting)
  .map(batchCase);

type Forward = Prepared & { forward(rows: number, x: Float32Array, y: Float32Array): void };

/** Every row alone, and two odd groups of rows, give the bits that all rows together give. */
function compareBatches(
  handle: Forward,
  rows: number,
  x: Float32Array,
  outSize: number,
): { label: string; alone: Float32Array; together: Float32Array }[] {
  const inSize = x.length / rows;
  const together = new Float32Array(rows * outSize);
  handle.forward(rows, x, together);
  const ranges: [number, number][] = Array.from({ length: rows }, (_, row) => [row, row + 1]);
  ranges.push([0, 7], [7, rows]);
  return ranges.map(([from, to]) => {
    const alone = new Float32Array((to - from) * outSize);
    handle.forward(to - from, x.slice(from * inSize, to * inSize), alone);
    return {
      label: `y of rows ${from} to ${to}`,
      alone,
      together: together.slice(from * outSize, to * outSize),
    };
  });
}

const block = { hidden: 96, out: 101, tables: 8, bits: 7, projection: 'bh4', block: 16, stages: 4 } as const;

function preparedLookupCase(
  config: LookupFfnConfig,
  extras: BlockExtras,
  tableDtype: TableDtype,
  skipDtype: LinearDtype = 'f32',
): ConformanceCase {
  const label = `rows alone and together: ${config.projection} ${config.read} ${tableDtype}${skipDtype === 'int8' ? ' skip=int8' : ''}`;
  return makeCase('property', 'prepare.lookupFfn', label, (backend, findings, name) => {
    const random = randomFor(name);
    const weights = drawWeights(random, config, extras);
    const handle = backend.prepare.lookupFfn(config, weights, { tableDtype, skipDtype });
    const x = drawRows(random, config, weights, 33);
    for (const { label, alone, together } of compareBatches(handle, 33, x, config.out)) {
      findings.same(label, alone, together);
    }
    handle.dispose();
  });
}

const preparedLinearCases = (['f32', 'int8'] as const).flatMap((dtype) =>
  (['none', 'gelu'] as const).map((activation) =>
    makeCase(
      'property',
      'prepare.linear',
      `rows alone and together: ${dtype} ${activation}`,
      (backend, findings, name) => {
        const random = randomFor(name);
        const options = { in: 130, out: 259, dtype, activation };
        const handle = backend.prepare.linear(options, normals(random, 259 * 130, 0.1), normals(random, 259));
        const x = normals(random, 33 * 130);
        for (const { label, alone, together } of compareBatches(handle, 33, x, 259)) {
          findings.same(label, alone, together);
        }
        handle.dispose();
      },
    ),
  ),
);

/** A row's result does not depend on the rows beside it, to the last bit: what a user gets is not a matter of load. */
export const batchCases: readonly ConformanceCase[] = [
  ...opCases,
  ...preparedLinearCases,
  preparedLookupCase({ ...block, read: 'single' }, { norm: true }, 'f32'),
  preparedLookupCase({ ...block, read: 'two-cell' }, { skip: true }, 'f32'),
  preparedLookupCase({ ...block, read: 'two-cell' }, { norm: true, skip: true }, 'int8', 'int8'),
  preparedLookupCase({ ...block, read: 'neighbours' }, {}, 'f32'),
  preparedLookupCase({ ...block, bits: 4, read: 'full' }, {}, 'f32'),
  preparedLookupCase({ ...block, read: 'single', projection: 'dense', block: 0, stages: 0 }, {}, 'f32'),
  ...(['bf16', 'f16', 'int8', 'int4'] as const).map((dtype) =>
    preparedLookupCase({ ...block, read: 'single' }, { norm: true }, dtype),
  ),
];
