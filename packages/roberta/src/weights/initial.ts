import type { Random } from '@lookupffn/core';
import type { RobertaConfig } from '../model/config.js';
import { type ParameterSpec, parameterSpecs } from '../model/parameters.js';
import { shapeLength } from './source.js';

/**
 * Row p holds sin and cos in turns of p / 10000^(2i / columns) (Vaswani et al., arXiv 1706.03762, section 3.5), scaled
 * so that pairs of columns have the standard deviation `std` over the phases.
 */
function sinusoids(shape: readonly number[], std: number): Float32Array {
  const columns = shape.at(-1)!;
  return Float32Array.from({ length: shapeLength(shape) }, (_, k) => {
    const position = Math.floor(k / columns);
    const column = k % columns;
    const angle = position / 10_000 ** ((column - (column % 2)) / columns);
    return std * Math.SQRT2 * (column % 2 === 0 ? Math.sin(angle) : Math.cos(angle));
  });
}

/** Fresh values of one parameter, by the numeric conventions. */
export function initialValues(spec: ParameterSpec, random: Random): Float32Array {
  const data = new Float32Array(shapeLength(spec.shape));
  if ('value' in spec.initial) return data.fill(spec.initial.value);
  const { std } = spec.initial;
  if (spec.initial.sinusoids) return sinusoids(spec.shape, std);
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
