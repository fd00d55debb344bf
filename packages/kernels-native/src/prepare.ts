import type { AdoptOps, LookupFfnConfig, PrepareOps, TableDtype } from '@lookupffn/core';
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
const tableDtypes: readonly TableDtype[] = ['f32', 'bf16', 'f16', 'int8'];

/** A dtype there are no kernels for is kept as f32, and the handle says so. */
function keptDtype(asked: TableDtype = 'f32'): TableDtype {
  return tableDtypes.includes(asked) ? asked : 'f32';
}

/** The arguments that every way to make a LookupFFN begins with. */
function sizes(config: LookupFfnConfig, dtype: TableDtype, epsilon: number | undefined) {
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
    tableDtypes.indexOf(dtype),
    epsilon ?? 0,
  ] as const;
}

/** Weights packed into the layout of the kernels. */
export function preparedOperations({ prepare }: NativeEngine): PrepareOps {
  return {
    linear: (options, weight, bias) =>
      handle(prepare.linear(options.in, options.out, options.activation === 'gelu', weight, bias), 'f32'),
    lookupFfn: (config, weights, options) => {
      const dtype = keptDtype(options?.tableDtype);
      const made = prepare.lookupFfn(
        ...sizes(config, dtype, weights.norm?.epsilon),
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
      return handle(made, dtype);
    },
  };
}

/** The same from bytes that were packed before. */
export function adoptedOperations({ prepare }: NativeEngine): Pick<AdoptOps, 'linear' | 'lookupFfn'> {
  return {
    linear: (options, bias, bytes) =>
      handle(prepare.adoptLinear(options.in, options.out, options.activation === 'gelu', bias, bytes), 'f32'),
    lookupFfn: (config, parts, options, bytes) => {
      const dtype = keptDtype(options.tableDtype);
      const { normEpsilon, skip, temperature, beta, gamma } = parts;
      const norm = normEpsilon !== undefined;
      const made = prepare.adoptLookupFfn(
        ...sizes(config, dtype, normEpsilon),
        norm,
        skip,
        temperature,
        beta,
        gamma,
        bytes,
      );
      return handle(made, dtype);
    },
  };
}
