import type { PrepareOps } from '@lookupffn/core';
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

/** Weights packed into the layout of the kernels. */
export function preparedOperations({ prepare }: NativeEngine): PrepareOps {
  return {
    linear: (options, weight, bias) =>
      handle(prepare.linear(options.in, options.out, options.activation === 'gelu', weight, bias), 'f32'),
    lookupFfn: (config, weights) => {
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
      return handle(made, 'f32');
    },
  };
}
