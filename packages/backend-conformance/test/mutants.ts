import {
  type Backend,
  type BackendDefinition,
  createReferenceBackend,
  defineBackend,
  type LookupFfnConfig,
  type LookupFfnWeights,
  type PreparedLookupFfn,
} from '@lookupffn/core';
import { expect } from 'vitest';
import { conformanceCases } from '../src/index.js';
import { runCase } from '../src/run.js';

export type Operation = (...args: unknown[]) => unknown;
type Group = 'ops' | 'grad' | 'optim';
type Floats = Float32Array;

const reference = createReferenceBackend();

/** The reference with one operation changed, and the tolerance of a float32 backend. */
export function mutant(group: Group, op: string, change: (original: Operation) => Operation): Backend {
  const original = (reference[group] as unknown as Record<string, Operation>)[op]!;
  const definition = { name: 'mutant', tolerance: 1e-5, [group]: { [op]: change(original) } };
  return defineBackend(definition as BackendDefinition);
}

/** The reference with prepared LookupFFNs changed. */
export function preparedMutant(
  change: (config: LookupFfnConfig, weights: LookupFfnWeights) => PreparedLookupFfn,
): Backend {
  return defineBackend({ name: 'mutant', tolerance: 1e-5, prepare: { lookupFfn: change } });
}

/** Name of the first failing case among those of one operation (whose names contain `by`); undefined when the mutant passes for sound. */
export function firstFailure(backend: Backend, op: string, by = ''): string | undefined {
  return conformanceCases
    .filter((one) => one.op === op && one.name.includes(by))
    .find((one) => runCase(one, backend).problems.length > 0)?.name;
}

export const isFloats = (value: unknown): value is Floats => value instanceof Float32Array;

/** A wrong value in the middle, by a thousandth of the largest. */
export function nudge(values: Floats): void {
  if (values.length === 0) return;
  const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0) || 1;
  values[values.length >> 1]! += largest * 1e-3;
}

/** The next float32: what another order of summation does. */
export function lastBit(values: Floats): void {
  for (let i = 0; i < values.length; i++) values[i]! *= 1 + 2 ** -23;
}

/** Relative errors of both signs: what a quantisation too coarse does. */
export function blur(values: Floats, error: number): void {
  for (let i = 0; i < values.length; i++) values[i]! *= 1 + (i % 2 ? error : -error);
}

export function swallowNaN(values: Floats): void {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) values[i] = 0;
}

/** Runs `after` on one argument once the operation is done. */
export const afterwards =
  (at: number, after: (array: Float32Array, args: unknown[]) => void) =>
  (original: Operation): Operation =>
  (...args) => {
    original(...args);
    if (isFloats(args[at])) after(args[at], args);
  };

/** The mutant must fail a case of its operation, of the kind that is meant to find it when `by` names one. */
export function expectCaught(
  group: Group,
  op: string,
  change: (original: Operation) => Operation,
  by?: string,
): void {
  expect(firstFailure(mutant(group, op, change), `${group}.${op}`, by)).toBeTypeOf('string');
}
