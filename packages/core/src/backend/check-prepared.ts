import { LookupFfnError } from '../errors.js';
import {
  type LookupFfnConfig,
  type LookupFfnWeights,
  lookupFfnGeometry,
  readsScore,
  validateLookupFfnConfig,
} from '../lookup-ffn/config.js';
import type { Prepared, PrepareOps } from './prepared.js';

function checkLength(op: string, name: string, array: unknown, expected: number, optional = false): void {
  if (optional && (array === null || array === undefined)) return;
  if (!(array instanceof Float32Array) || array.length !== expected) {
    const found = array instanceof Float32Array ? `${array.length} elements` : 'no Float32Array';
    throw new LookupFfnError('SHAPE_MISMATCH', `${op}: ${name} is ${found}; expected ${expected} elements.`, {
      op,
      argument: name,
      expected,
    });
  }
}

/** Throws `INVALID_ARGUMENT` for what is not an object, before a field of it is read. */
export function checkObject(op: string, name: string, value: unknown): void {
  if (typeof value === 'object' && value !== null) return;
  const found = value === null ? 'null' : typeof value;
  throw new LookupFfnError('INVALID_ARGUMENT', `${op}: ${name} is ${found}; it must be an object.`, {
    op,
    argument: name,
  });
}

export function checkSize(op: string, name: string, value: number, min: number): void {
  if (!Number.isInteger(value) || value < min) {
    throw new LookupFfnError(
      'SHAPE_MISMATCH',
      `${op}: ${name} is ${value}; a whole number of at least ${min}.`,
      {
        op,
        argument: name,
        value,
      },
    );
  }
}

/** Length of `projection.weight` for a config. */
export function projectionWeightLength(config: LookupFfnConfig): number {
  const { padded, repeats, codeBits } = lookupFfnGeometry(config);
  return config.projection === 'dense'
    ? codeBits * config.hidden
    : repeats * config.stages * padded * config.block;
}

function checkLookupWeights(config: LookupFfnConfig, weights: LookupFfnWeights): void {
  const op = 'prepare.lookupFfn';
  checkObject(op, 'weights', weights);
  const { hidden, out, tables } = config;
  const { codeBits, cells } = lookupFfnGeometry(config);
  if (weights.norm) {
    checkLength(op, 'norm.weight', weights.norm.weight, hidden);
    checkLength(op, 'norm.bias', weights.norm.bias, hidden);
  }
  checkLength(op, 'projectionWeight', weights.projectionWeight, projectionWeightLength(config));
  checkLength(op, 'projectionBias', weights.projectionBias, codeBits);
  checkLength(op, 'tables', weights.tables, tables * cells * out);
  checkLength(op, 'bias', weights.bias, out);
  checkLength(op, 'skip', weights.skip, out * hidden, true);
  for (const key of ['temperature', 'beta', 'gamma'] as const) {
    checkLength(op, key, weights[key], tables, true);
    if (weights[key] && !readsScore(config.read)) {
      throw new LookupFfnError(
        'INVALID_CONFIG',
        `${op}: ${key} has no meaning for the '${config.read}' read.`,
      );
    }
  }
}

/** Wraps a handle so that its kernel only ever sees arrays of the right length, and never after dispose. */
export function checkedHandle<
  T extends Prepared & { forward(rows: number, x: Float32Array, y: Float32Array): void },
>(op: string, inner: T, inSize: number, outSize: number): T {
  let disposed = false;
  const guard = () => {
    if (disposed) throw new LookupFfnError('DISPOSED', `A prepared ${op} was used after dispose().`, { op });
  };
  return {
    bytes: inner.bytes,
    dtype: inner.dtype,
    parts: inner.parts,
    ...('projectionDtype' in inner && { projectionDtype: inner.projectionDtype }),
    ...('skipDtype' in inner && { skipDtype: inner.skipDtype }),
    ...(inner.save && {
      save() {
        guard();
        return inner.save!();
      },
    }),
    forward(rows: number, x: Float32Array, y: Float32Array) {
      guard();
      checkSize(op, 'rows', rows, 0);
      checkLength(op, 'x', x, rows * inSize);
      checkLength(op, 'y', y, rows * outSize);
      inner.forward(rows, x, y);
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      inner.dispose();
    },
  } as T;
}

/** The same operations with every argument checked, at preparation and at each forward. */
export function checkedPrepare(prepare: PrepareOps): PrepareOps {
  return {
    linear(options, weight, bias) {
      checkObject('prepare.linear', 'options', options);
      checkSize('prepare.linear', 'in', options.in, 1);
      checkSize('prepare.linear', 'out', options.out, 1);
      checkLength('prepare.linear', 'weight', weight, options.in * options.out);
      checkLength('prepare.linear', 'bias', bias, options.out, true);
      return checkedHandle('linear', prepare.linear(options, weight, bias), options.in, options.out);
    },
    lookupFfn(config, weights, options) {
      checkObject('prepare.lookupFfn', 'config', config);
      validateLookupFfnConfig(config);
      checkLookupWeights(config, weights);
      return checkedHandle(
        'LookupFFN',
        prepare.lookupFfn(config, weights, options),
        config.hidden,
        config.out,
      );
    },
  };
}
