import type { PrepareOps, TableDtype } from '@lookupffn/core';
import type { NativeEngine, NativePrepared } from './addon.js';
import { guarded } from './guard.js';
import { readNumbers } from './operations.js';

function handle(prepared: NativePrepared, dtype: string) {
  return {
    bytes: prepared.bytes,
    dtype,
    forward: guarded((rows: number, x: Float32Array, y: Float32Array) => prepared.forward(rows, x, y)),
    dispose: () => prepared.dispose(),
  };
}

/** In the order of isa/table.h's LFFN_F32 and so on. */
const tableDtypes: readonly TableDtype[] = ['f32', 'bf16', 'f16', 'int8'];

/** A dtype there are no kernels for is kept as f32, and the handle says so. */
function keptDtype(asked: TableDtype = 'f32'): TableDtype {
  return tableDtypes.includes(asked) ? asked : 'f32';
}

/** Weights packed into the layout of the kernels. */
export function preparedOperations({ prepare }: NativeEngine): PrepareOps {
  return {
    linear: (options, weight, bias) =>
      handle(prepare.linear(options.in, options.out, options.activation === 'gelu', weight, bias), 'f32'),
    lookupFfn: (config, weights, options) => {
      const dtype = keptDtype(options?.tableDtype);
      const dense = config.projection === 'dense';
      const made = prepare.lookupFfn(
        config.hidden,
        config.out,
        config.tables,
        config.bits,
        dense,
        dense ? 0 : config.block,
        dense ? 0 : config.stages,
        readNumbers[config.read],
        tableDtypes.indexOf(dtype),
        weights.norm?.epsilon ?? 0,
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
