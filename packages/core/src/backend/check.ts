import { LookupFfnError } from '../errors.js';
import {
  MAX_BITS,
  nextPowerOfTwo,
  type ReadMode,
  readModes,
  readsScore,
  type ScoreParameters,
} from '../lookup-ffn/config.js';
import type { AnySignature, ArrayArgument } from './signatures.js';

type Shape = Readonly<Record<string, unknown>>;

function fail(op: string, message: string, details: Record<string, unknown>): never {
  throw new LookupFfnError('SHAPE_MISMATCH', `${op}: ${message}`, { op, ...details });
}

function checkSizes(op: string, shape: Shape, signature: AnySignature): void {
  const sizes = signature.sizes as Readonly<Record<string, number>>;
  for (const key in sizes) {
    const value = shape[key];
    const min = sizes[key];
    // 2^31 bounds every size so that kernels may use 32-bit loop counters.
    if (!Number.isInteger(value) || (value as number) < min || (value as number) >= 2 ** 31) {
      fail(op, `shape.${key} is ${String(value)}; it must be a whole number of at least ${min}.`, {
        key,
        value,
      });
    }
  }
  for (const key of (signature.powersOfTwo ?? []) as readonly string[]) {
    const value = shape[key] as number;
    if (nextPowerOfTwo(value) !== value) {
      fail(op, `shape.${key} is ${value}; it must be a power of two.`, { key, value });
    }
  }
  const bits = shape.bits as number | undefined;
  if (bits !== undefined && bits > MAX_BITS)
    fail(op, `shape.bits is ${bits}; at most ${MAX_BITS}.`, { bits });
}

/** What the array lengths are computed from beside plain sizes. */
function checkKinds(op: string, shape: Shape): void {
  const { projection, read, bit } = shape;
  if (projection !== undefined && projection !== 'bh4' && projection !== 'dense') {
    fail(op, `shape.projection is '${projection}'; it must be 'bh4' or 'dense'.`, { projection });
  }
  if (read !== undefined && !readModes.includes(read as ReadMode)) {
    fail(op, `shape.read is '${read}'; it must be one of ${readModes.join(', ')}.`, { read });
  }
  if (bit !== undefined && (bit as number) >= (shape.bits as number)) {
    fail(op, `shape.bit is ${bit}; it must be below bits, ${shape.bits}, or -1 for all.`, { bit });
  }
  const block = shape.block as number | undefined;
  if (block === undefined || projection === 'dense') return;
  const padded = nextPowerOfTwo(shape.hidden as number);
  if (!(block >= 1 && block <= padded && nextPowerOfTwo(block) === block)) {
    fail(op, `shape.block is ${block}; it must be a power of two, at most ${padded}.`, { block, padded });
  }
  const stages = shape.stages as number;
  if (!Number.isInteger(stages) || stages < 1) {
    fail(op, `shape.stages is ${stages}; it must be a whole number of at least 1.`, { stages });
  }
}

function checkValues(op: string, argument: ArrayArgument<Shape>, values: Int32Array, shape: Shape): void {
  if (argument.below) {
    const below = argument.below(shape);
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (value < 0 || value >= below) {
        throw new LookupFfnError(
          'INDEX_OUT_OF_RANGE',
          `${op}: ${argument.name}[${i}] is ${value}; it must be from 0 to ${below - 1}.`,
          { op, argument: argument.name, index: i, value, below },
        );
      }
    }
  }
  if (argument.offsetsTo) {
    const end = argument.offsetsTo(shape);
    let previous = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (value < previous || (i === 0 && value !== 0)) {
        fail(op, `${argument.name}[${i}] is ${value}; offsets start at 0 and never fall.`, {
          index: i,
          value,
        });
      }
      previous = value;
    }
    if (previous !== end) {
      fail(op, `${argument.name} end at ${previous}; they must end at the number of rows, ${end}.`, { end });
    }
  }
}

function checkArray(op: string, argument: ArrayArgument<Shape>, value: unknown, shape: Shape): void {
  if (value === null || value === undefined) {
    if (argument.optional) return;
    fail(op, `${argument.name} is missing.`, { argument: argument.name });
  }
  const wanted = argument.kind === 'f32' ? Float32Array : Int32Array;
  if (!(value instanceof wanted)) {
    fail(op, `${argument.name} must be a ${wanted.name}.`, { argument: argument.name });
  }
  const expected = argument.length(shape);
  if (value.length !== expected) {
    fail(op, `${argument.name} has ${value.length} elements; the shape asks for ${expected}.`, {
      argument: argument.name,
      found: value.length,
      expected,
      shape,
    });
  }
  if (value instanceof Int32Array) checkValues(op, argument, value, shape);
}

const scoreKeys = ['temperature', 'beta', 'gamma'] as const;

function checkScore(op: string, score: unknown, shape: Shape): void {
  const tables = shape.tables as number;
  if (typeof score !== 'object' || score === null) fail(op, 'score must be an object ({} for defaults).', {});
  for (const key of scoreKeys) {
    const value = (score as ScoreParameters)[key];
    if (value && (!(value instanceof Float32Array) || value.length !== tables)) {
      fail(op, `score.${key} must be a Float32Array of ${tables} elements.`, {
        argument: key,
        expected: tables,
      });
    }
    if (value && shape.read !== undefined && !readsScore(shape.read as ReadMode)) {
      throw new LookupFfnError(
        'INVALID_ARGUMENT',
        `${op}: score.${key} has no meaning for the '${shape.read}' read, whose weights are an exact softmax. Leave it out.`,
        { op, argument: key },
      );
    }
  }
}

/** For operations that take one array of any length and no shape. */
export function checkFloats(op: string, name: string, value: unknown): void {
  if (!(value instanceof Float32Array)) fail(op, `${name} must be a Float32Array.`, { argument: name });
}

/** Throws `SHAPE_MISMATCH` or `INDEX_OUT_OF_RANGE` unless the arguments are exactly what the signature says. */
export function checkArguments(
  op: string,
  signature: AnySignature,
  shape: Shape,
  args: readonly unknown[],
): void {
  if (typeof shape !== 'object' || shape === null) fail(op, 'the shape is missing.', {});
  checkSizes(op, shape, signature);
  checkKinds(op, shape);
  for (let i = 0; i < signature.args.length; i++) {
    const argument = signature.args[i]!;
    if (argument === 'score') checkScore(op, args[i], shape);
    else checkArray(op, argument, args[i], shape);
  }
}
