import { type LookupFfnConfig, type LookupFfnWeights, lookupFfnGeometry } from '../lookup-ffn/config.js';
import type { ForwardOps } from './ops.js';
import type { LinearOptions, Prepared, PreparedLinear, PreparedLookupFfn, PrepareOps } from './prepared.js';

/** Scratch that grows and is handed out as exactly long views, so that a forward pass allocates only when it grows. */
function scratch<T extends Float32Array | Int32Array>(make: (length: number) => T): (length: number) => T {
  let buffer = make(0);
  return (length) => {
    if (buffer.length < length) buffer = make(length);
    return buffer.subarray(0, length) as T;
  };
}
const floats = () => scratch((n) => new Float32Array(n));
const ints = () => scratch((n) => new Int32Array(n));

function copy<T extends Float32Array | null | undefined>(array: T): T {
  return (array ? array.slice() : array) as T;
}

function arrays(value: object): Float32Array[] {
  return Object.values(value).flatMap((v) =>
    v instanceof Float32Array ? [v] : typeof v === 'object' && v !== null ? arrays(v) : [],
  );
}

function handle<F>(weights: object, forward: F): Prepared & { forward: F } {
  const bytes = arrays(weights).reduce((sum, array) => sum + array.byteLength, 0);
  // Nothing to free by hand: defineBackend's wrapper refuses use after dispose and drops its reference.
  return { bytes, dtype: 'f32', forward, dispose() {} };
}

/** Prepared operations in terms of a backend's forward operations, for backends that bring none of their own. */
export function composePrepare(ops: ForwardOps): PrepareOps {
  return {
    linear(options: LinearOptions, weight, bias): PreparedLinear {
      const kept = { weight: copy(weight), bias: copy(bias) };
      return handle(kept, (rows: number, x: Float32Array, y: Float32Array) => {
        ops.linear({ rows, in: options.in, out: options.out }, x, kept.weight, kept.bias, y);
        if (options.activation === 'gelu') ops.gelu({ size: rows * options.out }, y, y);
      });
    },

    lookupFfn(config: LookupFfnConfig, weights: LookupFfnWeights): PreparedLookupFfn {
      const kept: LookupFfnWeights = {
        ...weights,
        norm: weights.norm && {
          ...weights.norm,
          weight: copy(weights.norm.weight),
          bias: copy(weights.norm.bias),
        },
        projectionWeight: copy(weights.projectionWeight),
        projectionBias: copy(weights.projectionBias),
        tables: copy(weights.tables),
        bias: copy(weights.bias),
        skip: copy(weights.skip),
        temperature: copy(weights.temperature),
        beta: copy(weights.beta),
        gamma: copy(weights.gamma),
      };
      const geometry = lookupFfnGeometry(config);
      const normed = floats();
      const zs = floats();
      const weightsOf = floats();
      const cellsOf = ints();
      const skipped = floats();
      return handle(kept, (rows: number, x: Float32Array, y: Float32Array) => {
        const { hidden, out, tables, bits } = config;
        let input = x;
        if (kept.norm) {
          input = normed(rows * hidden);
          const shape = { rows, size: hidden, epsilon: kept.norm.epsilon };
          ops.layerNorm(shape, x, kept.norm.weight, kept.norm.bias, input);
        }
        const z = zs(rows * geometry.codeBits);
        ops.project({ rows, ...config }, input, kept.projectionWeight, kept.projectionBias, z);
        const read = rows * tables * geometry.cellsRead;
        const cells = cellsOf(read);
        const cellWeights = weightsOf(read);
        ops.read({ rows, tables, bits, read: config.read }, z, kept, cells, cellWeights);
        const gather = { rows, tables, bits, cells: geometry.cellsRead, out };
        ops.gather(gather, cells, cellWeights, kept.tables, kept.bias, y);
        if (kept.skip) {
          const path = skipped(rows * out);
          ops.linear({ rows, in: hidden, out }, input, kept.skip, null, path);
          ops.add({ size: rows * out }, y, path, y);
        }
      });
    },
  };
}
