import type {
  AdoptOps,
  LinearDtype,
  LookupFfnConfig,
  LookupFfnOptions,
  PrepareOps,
  TableDtype,
} from '@lookupffn/core';
import type { NativeEngine, NativePrepared } from './addon.js';
import { guarded } from './guard.js';
import { readNumbers } from './operations.js';

function handle(prepared: NativePrepared, dtype: string) {
  const { bytes, mapped, tables, projection } = prepared;
  return {
    bytes,
    dtype,
    parts: { mapped, tables, projection },
    forward: guarded((rows: number, x: Float32Array, y: Float32Array) => prepared.forward(rows, x, y)),
    save: guarded(() => {
      const saved = new Uint8Array(bytes);
      prepared.save(saved);
      return saved;
    }),
    dispose: () => prepared.dispose(),
  };
}

/** In the order of isa/table.h's LFFN_F32 and so on. */
const tableDtypes: readonly TableDtype[] = ['f32', 'bf16', 'f16', 'int8', 'int4'];

const linearDtype = (asked: LinearDtype): LinearDtype => (asked === 'int8' ? 'int8' : 'f32');

/** A dtype there are no kernels for is kept as f32, and the handle says so. */
function kept(config: LookupFfnConfig, skip: boolean, options: LookupFfnOptions = {}) {
  const { tableDtype = 'f32', projectionDtype, skipDtype = 'f32' } = options;
  const narrow = projectionDtype === 'bf16' && config.projection === 'bh4';
  return {
    tableDtype: tableDtypes.includes(tableDtype) ? tableDtype : 'f32',
    projectionDtype: narrow ? 'bf16' : 'f32',
    skipDtype: skip ? linearDtype(skipDtype) : 'f32',
  } as const;
}

/** The arguments that every way to make a LookupFFN begins with. */
function sizes(config: LookupFfnConfig, dtypes: ReturnType<typeof kept>, epsilon: number | undefined) {
  const dense = config.projection === 'dense';
  return [
    config.hidden,
    config.out,
    config.tables,
    config.bits,
    dense,
    dense ? 0 : config.block,
    dense ? 0 : config.stages,
    readNumbers[config.read],
    tableDtypes.indexOf(dtypes.tableDtype),
    dtypes.projectionDtype === 'bf16',
    dtypes.skipDtype === 'int8',
    epsilon ?? 0,
  ] as const;
}

function lookupHandle(made: NativePrepared, { tableDtype, ...rest }: ReturnType<typeof kept>) {
  return { ...handle(made, tableDtype), ...rest };
}

/** Weights packed into the layout of the kernels. */
export function preparedOperations({ prepare }: NativeEngine): PrepareOps {
  return {
    linear: ({ in: input, out, activation, dtype = 'f32' }, weight, bias) =>
      handle(
        prepare.linear(input, out, activation === 'gelu', dtype === 'int8', weight, bias),
        linearDtype(dtype),
      ),
    lookupFfn: (config, weights, options) => {
      const dtypes = kept(config, Boolean(weights.skip), options);
      const made = prepare.lookupFfn(
        ...sizes(config, dtypes, weights.norm?.epsilon),
        weights.norm?.weight,
        weights.norm?.bias,
        weights.projectionWeight,
        weights.projectionBias,
        weights.tables,
        weights.bias,
        weights.skip,
        weights.temperature,
        weights.beta,
        weights.gamma,
      );
      return lookupHandle(made, dtypes);
    },
  };
}

/** The same from bytes that were packed before. */
export function adoptedOperations({ prepare }: NativeEngine): Pick<AdoptOps, 'linear' | 'lookupFfn'> {
  return {
    linear: ({ in: input, out, activation, dtype = 'f32' }, bias, bytes) =>
      handle(
        prepare.adoptLinear(input, out, activation === 'gelu', dtype === 'int8', bias, bytes),
        linearDtype(dtype),
      ),
    lookupFfn: (config, parts, options, bytes) => {
      const dtypes = kept(config, parts.skip, options);
      const { normEpsilon, skip, temperature, beta, gamma } = parts;
      const norm = normEpsilon !== undefined;
      const made = prepare.adoptLookupFfn(
        ...sizes(config, dtypes, normEpsilon),
        norm,
        skip,
        temperature,
        beta,
        gamma,
        bytes,
      );
      return lookupHandle(made, dtypes);
    },
  };
}
