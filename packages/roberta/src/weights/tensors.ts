import type { TensorToWrite } from '@lookupffn/core';
import type { RobertaConfig } from '../model/config.js';
import { parameterSpecs } from '../model/parameters.js';
import type { RobertaModel } from '../session/types.js';
import { WeightSource } from './source.js';

/**
 * A model's tensors as `writeSafetensors` takes them, tied ones once. Throws `TENSOR_MISSING`, `TENSOR_MISMATCH` or
 * `NOT_FINITE`, so that no broken checkpoint is written.
 */
export function weightTensors(
  config: RobertaConfig,
  weights: RobertaModel['weights'],
): TensorToWrite<Float32Array>[] {
  const source = new WeightSource({ config, weights });
  return parameterSpecs(config).map(({ name, shape }) => ({
    name,
    dtype: 'F32' as const,
    shape,
    data: source.get(name).data,
  }));
}
