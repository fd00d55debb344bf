import { LookupFfnError } from '@lookupffn/core';
import { type ParameterSpec, parameterSpecs, tiedParameters } from '../model/parameters.js';
import type { RobertaModel } from '../session/types.js';

export interface SourceParameter extends ParameterSpec {
  readonly data: Float32Array;
}

/** Elements of a shape. */
export function shapeLength(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The first value that is NaN or infinite, or -1. */
export function firstNotFinite(data: Float32Array): number {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return i;
  return -1;
}

function check(spec: ParameterSpec, data: Float32Array | undefined): SourceParameter {
  const length = shapeLength(spec.shape);
  if (!data) {
    throw new LookupFfnError(
      'TENSOR_MISSING',
      `The model has no tensor ${spec.name}, [${spec.shape.join(', ')}], which its config asks for. Do config.json and the weights belong together?`,
      { tensor: spec.name, expected: spec.shape },
    );
  }
  if (!(data instanceof Float32Array) || data.length !== length) {
    const found = data instanceof Float32Array ? `${data.length} numbers` : 'no Float32Array';
    throw new LookupFfnError(
      'TENSOR_MISMATCH',
      `Tensor ${spec.name} is ${found}; the config asks for [${spec.shape.join(', ')}], ${length} numbers.`,
      { tensor: spec.name, expected: spec.shape, found: data.length },
    );
  }
  const bad = firstNotFinite(data);
  if (bad >= 0) {
    throw new LookupFfnError(
      'NOT_FINITE',
      `Tensor ${spec.name} holds ${data[bad]} at ${bad}. The checkpoint is damaged or its training diverged.`,
      { tensor: spec.name, index: bad },
    );
  }
  return { ...spec, data };
}

/** Where the evaluator finds parameters by name; a tied name finds the parameter it shares. */
export interface ParameterSource {
  /** Undefined where the model has none of that name (a learned read parameter left out). */
  find(name: string): SourceParameter | undefined;
  get(name: string): SourceParameter;
  /** Lets the arrays go, once everything has been prepared from them. */
  clear(): void;
}

/**
 * The parameters of a model in memory, checked once and found by name; a tied name finds the parameter it shares.
 * Throws `TENSOR_MISSING`, `TENSOR_MISMATCH` or `NOT_FINITE`, naming the tensor.
 */
export class WeightSource implements ParameterSource {
  readonly #parameters = new Map<string, SourceParameter>();
  readonly #tied: ReadonlyMap<string, string>;

  constructor(model: RobertaModel) {
    this.#tied = tiedParameters(model.config);
    for (const spec of parameterSpecs(model.config)) {
      this.#parameters.set(spec.name, check(spec, model.weights.get(spec.name)));
    }
  }

  find(name: string): SourceParameter | undefined {
    return this.#parameters.get(this.#tied.get(name) ?? name);
  }

  get(name: string): SourceParameter {
    const found = this.find(name);
    if (!found) {
      throw new LookupFfnError('TENSOR_MISSING', `The model has no parameter ${name}.`, { tensor: name });
    }
    return found;
  }

  clear(): void {
    this.#parameters.clear();
  }
}
