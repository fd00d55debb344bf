import type { Random } from '@lookupffn/core';
import type { RobertaConfig } from '../model/config.js';
import { type ParameterSpec, parameterSpecs } from '../model/parameters.js';
import { shapeLength } from './source.js';

/** Fresh values of one parameter, by the numeric conventions. */
export function initialValues(spec: ParameterSpec, random: Random): Float32Array {
  const data = new Float32Array(shapeLength(spec.shape));
  if ('value' in spec.initial) return data.fill(spec.initial.value);
  const { std } = spec.initial;
  for (let i = 0; i < data.length; i++) data[i] = std * random.normal();
  return data;
}

/**
 * Fresh weights for every parameter. Each draws from a stream of its own, forked by its name: a dense and a look-up
 * model from the same random state start with identical values wherever they share a parameter. `random` does not move.
 */
export function initialWeights(config: RobertaConfig, random: Random): Map<string, Float32Array> {
  return new Map(
    parameterSpecs(config).map((spec) => [spec.name, initialValues(spec, random.fork(spec.name))]),
  );
}
