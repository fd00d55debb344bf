import {
  type AnySignature,
  type ArrayArgument,
  type Backend,
  forwardSignatures,
  gradSignatures,
  type Random,
} from '@lookupffn/core';
import type { Findings } from './findings.js';
import { generators, normals, scoreParameters } from './inputs.js';
import type { Situation } from './situations.js';

export type OpGroup = 'ops' | 'grad';

/** How many of an operation's last arguments are results; 1 unless named. */
const outputCounts: Readonly<Record<OpGroup, Readonly<Record<string, number>>>> = {
  ops: { hash: 2, read: 2 },
  grad: { bh4: 2, project: 3, hash: 3, read: 4, gather: 3, layerNorm: 3, linear: 3, attention: 3 },
};

/** The arguments of one call, by name, in order. An input or an output may be null where the signature says so. */
export interface Call {
  readonly group: OpGroup;
  readonly op: string;
  // biome-ignore lint/suspicious/noExplicitAny: shapes differ per operation.
  readonly shape: any;
  readonly inputs: ReadonlyMap<string, CallInput>;
  readonly outputs: ReadonlyMap<string, OutputSlot>;
}

export type CallInput = Float32Array | Int32Array | Record<string, Float32Array> | null;

export interface OutputSlot {
  readonly argument: ArrayArgument<unknown>;
  readonly length: number;
}

export type Outputs = Map<string, Float32Array | Int32Array>;

export function signatureOf(group: OpGroup, op: string): AnySignature {
  const signatures: Record<string, AnySignature> = group === 'ops' ? forwardSignatures : gradSignatures;
  return signatures[op]!;
}

/** The arguments that an operation writes. */
export function outputArguments(group: OpGroup, op: string): ArrayArgument<unknown>[] {
  const { args } = signatureOf(group, op);
  return args.slice(args.length - (outputCounts[group][op] ?? 1)) as ArrayArgument<unknown>[];
}

/** Draws the inputs of a situation. */
export function makeCall(group: OpGroup, situation: Situation, random: Random): Call {
  const { op, shape } = situation;
  const { args } = signatureOf(group, op);
  const firstOutput = args.length - outputArguments(group, op).length;
  const inputs = new Map<string, CallInput>();
  const outputs = new Map<string, OutputSlot>();
  args.forEach((argument, i) => {
    if (argument === 'score') {
      inputs.set('score', scoreParameters(random, shape.tables, situation.score ?? []));
      return;
    }
    const { name } = argument;
    const length = argument.length(shape);
    if (situation.without?.includes(name)) {
      if (i < firstOutput) inputs.set(name, null);
    } else if (i >= firstOutput) {
      outputs.set(name, { argument, length });
    } else {
      const fill = situation.fill?.[name] ?? generators[op]?.[name];
      inputs.set(name, fill ? fill(random, length, shape) : normals(random, length));
    }
  });
  return { group, op, shape, inputs, outputs };
}

const copyInput = (input: CallInput): CallInput => {
  if (input === null || ArrayBuffer.isView(input)) return input?.slice() ?? null;
  return Object.fromEntries(Object.entries(input).map(([key, array]) => [key, array.slice()]));
};

/** Forward operations overwrite: what is there before must not show. Backward ones add: they start from 0. */
function freshOutput(group: OpGroup, { argument, length }: OutputSlot): Float32Array | Int32Array {
  if (argument.kind === 'i32') return new Int32Array(length).fill(-7);
  const array = new Float32Array(length);
  return group === 'ops' ? array.fill(Number.NaN) : array;
}

interface CallOptions {
  /** Called once more for each further pass over the same outputs. */
  readonly times?: number;
  /** Start from these instead of fresh outputs (they are not changed). */
  readonly start?: ReadonlyMap<string, Float32Array | Int32Array>;
  /** Give only these outputs, null for the rest. */
  readonly only?: readonly string[];
  /** Where to report inputs that the operation changed. */
  readonly findings?: Findings;
}

/** Calls a backend with copies of the inputs and gives what it wrote. */
export function execute(backend: Backend, call: Call, options: CallOptions = {}): Outputs {
  const { group, op, shape } = call;
  const inputs = new Map([...call.inputs].map(([name, input]) => [name, copyInput(input)]));
  const outputs: Outputs = new Map();
  for (const [name, slot] of call.outputs) {
    if (options.only && !options.only.includes(name)) continue;
    outputs.set(name, options.start?.get(name)?.slice() ?? freshOutput(group, slot));
  }
  const args = signatureOf(group, op).args.map((argument) => {
    const name = argument === 'score' ? 'score' : argument.name;
    return inputs.get(name) ?? outputs.get(name) ?? null;
  });
  // biome-ignore lint/suspicious/noExplicitAny: operations are walked by name here.
  const operation = (backend[group] as any)[op];
  for (let i = 0; i < (options.times ?? 1); i++) operation(shape, ...args);
  if (options.findings) {
    for (const [name, input] of call.inputs) checkUnchanged(options.findings, name, input, inputs.get(name)!);
  }
  return outputs;
}

function checkUnchanged(findings: Findings, name: string, before: CallInput, after: CallInput): void {
  if (before === null || after === null) return;
  if (ArrayBuffer.isView(before)) {
    findings.same(`input ${name} was changed`, after as Float32Array, before);
    return;
  }
  for (const key in before) {
    findings.same(
      `input score.${key} was changed`,
      (after as Record<string, Float32Array>)[key]!,
      before[key]!,
    );
  }
}
