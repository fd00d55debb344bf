import { LookupFfnError } from '@lookupffn/core';
import { type ParameterSpec, parameterSpecs, type RobertaConfig, tiedParameters } from '@lookupffn/roberta';
import type { MakeFloats } from './pool.js';

/** A parameter and the gradient that backward steps add to: views of its group's arrays. */
export interface Parameter extends ParameterSpec {
  readonly data: Float32Array;
  readonly gradient: Float32Array;
}

/** Parameters that the optimiser treats alike, end to end in one array. */
export interface ParameterGroup {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly data: Float32Array;
  readonly gradients: Float32Array;
}

const shapeLength = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

function makeGroup(
  name: string,
  specs: readonly ParameterSpec[],
  all: { data: Float32Array; gradients: Float32Array; at: number },
): ParameterGroup {
  const start = all.at;
  const parameters = specs.map((spec) => {
    const begin = all.at;
    all.at += shapeLength(spec.shape);
    return {
      ...spec,
      data: all.data.subarray(begin, all.at),
      gradient: all.gradients.subarray(begin, all.at),
    };
  });
  return {
    name,
    parameters,
    data: all.data.subarray(start, all.at),
    gradients: all.gradients.subarray(start, all.at),
  };
}

/**
 * Every parameter of a model in one array, and every gradient in another, group after group: clipping is one sum over
 * all gradients, and an optimiser step one call a group instead of one a tensor.
 */
export class Parameters {
  readonly data: Float32Array;
  readonly gradients: Float32Array;
  readonly groups: readonly ParameterGroup[];
  /** Every parameter's array by name, tied ones once: a model's weights. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly #byName = new Map<string, Parameter>();

  /** Of a model, or of a part of one; all 0. `groupOf` names the group of a parameter; groups stand in the order in which they first occur. */
  constructor(
    of: RobertaConfig | { readonly specs: readonly ParameterSpec[] },
    groupOf: (spec: ParameterSpec) => string = () => 'all',
    makeFloats: MakeFloats = (length) => new Float32Array(length),
  ) {
    const specs = 'specs' in of ? of.specs : parameterSpecs(of);
    const size = specs.reduce((sum, spec) => sum + shapeLength(spec.shape), 0);
    this.data = makeFloats(size);
    this.gradients = makeFloats(size);
    const all = { data: this.data, gradients: this.gradients, at: 0 };
    const grouped = new Map<string, ParameterSpec[]>();
    for (const spec of specs) {
      const name = groupOf(spec);
      const group = grouped.get(name);
      if (group) group.push(spec);
      else grouped.set(name, [spec]);
    }
    this.groups = [...grouped].map(([name, members]) => makeGroup(name, members, all));
    const list = this.groups.flatMap((group) => group.parameters);
    this.weights = new Map(list.map(({ name, data }) => [name, data]));
    for (const parameter of list) this.#byName.set(parameter.name, parameter);
    if ('specs' in of) return;
    for (const [tied, name] of tiedParameters(of)) this.#byName.set(tied, this.#byName.get(name)!);
  }

  /** A tied name finds the parameter it shares. */
  find(name: string): Parameter | undefined {
    return this.#byName.get(name);
  }

  get(name: string): Parameter {
    const found = this.#byName.get(name);
    if (!found) {
      throw new LookupFfnError('TENSOR_MISSING', `The model has no parameter ${name}.`, { tensor: name });
    }
    return found;
  }

  /** Copies a model's weights in. Throws `TENSOR_MISSING` or `TENSOR_MISMATCH` for those of another model. */
  fill(weights: ReadonlyMap<string, Float32Array>): void {
    for (const { name, shape, data } of this.groups.flatMap((group) => group.parameters)) {
      const values = weights.get(name);
      if (values?.length !== data.length) {
        throw new LookupFfnError(
          values ? 'TENSOR_MISMATCH' : 'TENSOR_MISSING',
          `The weights to start from have ${values ? `${values.length} numbers` : 'nothing'} for ${name}; the model needs [${shape.join(', ')}].`,
          { tensor: name, expected: shape },
        );
      }
      data.set(values);
    }
  }
}
