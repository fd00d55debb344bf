import type { LookupFfnConfig, LookupFfnWeights } from '../lookup-ffn/config.js';
import { Random } from '../random.js';
import type { LinearOptions, LookupFfnOptions, Prepared, PrepareOps } from './prepared.js';

/** What keeping weights in a narrower type does to the output, against the same weights in float32. */
export interface PrecisionReport {
  /** Root mean square of the difference over that of the float32 output. */
  readonly relativeError: number;
  /** The same of the worst row. */
  readonly worstRow: number;
  /** What the backend kept, which may not be what was asked. */
  readonly dtype: string;
  /** Bytes of the handle, and of its float32 counterpart. */
  readonly bytes: number;
  readonly f32Bytes: number;
}

export interface PrecisionOptions {
  /** Default 64. */
  readonly rows?: number;
  readonly seed?: number;
  /** Inputs to measure on, `[rows, in]`, instead of standard normal ones. */
  readonly x?: Float32Array;
}

type Forward = Prepared & { forward(rows: number, x: Float32Array, y: Float32Array): void };

function compare(
  prepare: () => Forward,
  prepareF32: () => Forward,
  inSize: number,
  outSize: number,
  { rows = 64, seed = 1, x }: PrecisionOptions,
): PrecisionReport {
  const random = new Random(seed);
  const input = x ?? Float32Array.from({ length: rows * inSize }, () => random.normal());
  const count = input.length / inSize;
  const run = (made: Forward) => {
    try {
      const y = new Float32Array(count * outSize);
      made.forward(count, input, y);
      return { y, dtype: made.dtype, bytes: made.bytes };
    } finally {
      made.dispose();
    }
  };
  const exact = run(prepareF32());
  const narrow = run(prepare());
  let errors = 0;
  let squares = 0;
  let worstRow = 0;
  for (let row = 0; row < count; row++) {
    let rowErrors = 0;
    let rowSquares = 0;
    for (let i = row * outSize; i < (row + 1) * outSize; i++) {
      rowErrors += (narrow.y[i]! - exact.y[i]!) ** 2;
      rowSquares += exact.y[i]! ** 2;
    }
    errors += rowErrors;
    squares += rowSquares;
    if (rowErrors > 0) worstRow = Math.max(worstRow, Math.sqrt(rowErrors / rowSquares));
  }
  const relativeError = errors > 0 ? Math.sqrt(errors / squares) : 0;
  return { relativeError, worstRow, dtype: narrow.dtype, bytes: narrow.bytes, f32Bytes: exact.bytes };
}

/**
 * Prepares a LookupFFN twice, as asked and in float32, and compares what they make of the same rows. A projection in
 * bf16 changes a few codes, so that its worst row may be far off where the average is not.
 */
export function lookupFfnPrecision(
  prepare: PrepareOps,
  config: LookupFfnConfig,
  weights: LookupFfnWeights,
  asked: LookupFfnOptions,
  options: PrecisionOptions = {},
): PrecisionReport {
  const make = (one: LookupFfnOptions) => () => prepare.lookupFfn(config, weights, one);
  return compare(make(asked), make({}), config.hidden, config.out, options);
}

/** The same for dense weights `[out, in]`, in the dtype that `asked` names. */
export function linearPrecision(
  prepare: PrepareOps,
  asked: LinearOptions,
  weight: Float32Array,
  bias: Float32Array | null,
  options: PrecisionOptions = {},
): PrecisionReport {
  const make = (one: LinearOptions) => () => prepare.linear(one, weight, bias);
  return compare(make(asked), make({ ...asked, dtype: 'f32' }), asked.in, asked.out, options);
}
