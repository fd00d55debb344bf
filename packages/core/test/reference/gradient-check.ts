import { Random } from '../../src/random.js';

export type Inputs = Record<string, Float64Array>;
export type Gradients = Record<string, Float64Array>;

/** An operation in float64: `run` gives its outputs, `grad` adds to one gradient per input, or skips a null. */
export interface Differentiable {
  readonly inputs: Inputs;
  run(inputs: Inputs): Float64Array;
  grad(inputs: Inputs, dy: Float64Array, wanted: Record<string, Float64Array | null>): void;
  /** False for operations whose gradient outputs are not optional. */
  readonly nullable?: boolean;
}

export function normals(random: Random, length: number, scale = 1): Float64Array {
  return Float64Array.from({ length }, () => scale * random.normal());
}

// Central differences in float64: truncation and rounding are both about 1e-10 here, four digits below the tolerance.
const step = 1e-5;
const tolerance = 1e-6;

function loss(op: Differentiable, dy: Float64Array): number {
  return op.run(op.inputs).reduce((sum, y, i) => sum + y * dy[i]!, 0);
}

/** What is added to a gradient that starts at random numbers; `only` leaves null for the others. */
function added(op: Differentiable, dy: Float64Array, random: Random, only?: string): Gradients {
  const start: Gradients = {};
  const target: Record<string, Float64Array | null> = {};
  for (const [name, input] of Object.entries(op.inputs)) {
    start[name] = normals(random, input.length);
    target[name] = only && only !== name ? null : start[name].slice();
  }
  op.grad(op.inputs, dy, target);
  const result: Gradients = {};
  for (const [name, values] of Object.entries(target)) {
    if (values) result[name] = values.map((value, i) => value - start[name]![i]!);
  }
  return result;
}

function compare(name: string, found: Float64Array, expected: Float64Array, bound: number): void {
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  if (!(largest > 0)) throw new Error(`${name}: its gradient is all zero, so the check would check nothing`);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(found[i]! - expected[i]!) / largest;
    // Written so that NaN fails.
    if (!(error <= bound)) {
      throw new Error(
        `${name}[${i}] is ${found[i]}, finite differences give ${expected[i]} (error ${error})`,
      );
    }
  }
}

/**
 * Compares every coordinate of every gradient with central differences of `sum(y * dy)`, dy random; also that gradients
 * are added to what stands there, and that asking for one alone gives the same. Throws on a difference.
 */
export function checkGradient(op: Differentiable, seed = 1): void {
  const random = new Random(seed);
  const dy = normals(random, op.run(op.inputs).length);
  const all = added(op, dy, random);
  for (const [name, input] of Object.entries(op.inputs)) {
    const expected = new Float64Array(input.length);
    for (let i = 0; i < input.length; i++) {
      const kept = input[i]!;
      input[i] = kept + step;
      const above = loss(op, dy);
      input[i] = kept - step;
      const below = loss(op, dy);
      input[i] = kept;
      expected[i] = (above - below) / (2 * step);
    }
    compare(name, all[name]!, expected, tolerance);
    if (op.nullable !== false)
      compare(`${name} alone`, added(op, dy, random, name)[name]!, expected, tolerance);
  }
}
