import type { Backend, LookupFfnConfig, Random } from '@lookupffn/core';
import {
  feedForward,
  feedForwardParameters,
  initialValues,
  layerLookup,
  modulePrefix,
  type ParameterSpec,
  type RobertaConfig,
} from '@lookupffn/roberta';
import { groupOf } from '../optimizer/groups.js';
import { Parameters } from '../tape/parameters.js';
import { Tape } from '../tape/tape.js';
import type { Variable } from '../tape/variable.js';
import type { AffineFit } from './affine.js';
import type { Pairs } from './pair-file.js';

/** One layer's FFN on a tape of its own, with the parameters and names that it has in the whole model. */
export class Block {
  readonly name: string;
  readonly config: RobertaConfig;
  readonly layer: number;
  readonly specs: readonly ParameterSpec[];
  readonly parameters: Parameters;
  readonly tape: Tape;

  /** `config` is the whole model's; `name` that of its look-ups. */
  constructor(backend: Backend, config: RobertaConfig, layer: number) {
    this.name = `${modulePrefix(config)}.encoder.layer.${layer}.ffn`;
    this.config = config;
    this.layer = layer;
    this.specs = feedForwardParameters(config, layer);
    this.parameters = new Parameters({ specs: this.specs }, groupOf);
    this.tape = new Tape({ backend, config, parameters: this.parameters });
  }

  /** Of a look-up layer only. */
  get lookup(): LookupFfnConfig {
    const lookup = layerLookup(this.config, this.layer);
    if (!lookup) throw new Error(`Layer ${this.layer} is no look-up layer.`);
    return lookup;
  }

  /** Every parameter afresh, by the numeric conventions. */
  initialise(random: Random): void {
    for (const spec of this.specs) {
      this.parameters.get(spec.name).data.set(initialValues(spec, random.fork(spec.name)));
    }
  }

  data(parameter: string): Float32Array {
    return this.parameters.get(`${this.name}.${parameter}`).data;
  }

  /** On the tape: go back or reset afterwards. */
  forward({ rows, x }: Pick<Pairs, 'rows' | 'x'>): Variable {
    const columns = x.length / rows;
    return feedForward(this.tape, this.config, this.layer, this.tape.constant(rows, columns, x));
  }
}

/** What of a layer's output is not explained, tokens weighted as the next layer sees them (`rowWeights`). */
export interface Unexplained {
  /** Of the output's variance; a few large columns may carry most of it. */
  readonly share: number;
  /** Of the variance of `LN(x + FFN(x))`, which is what the next layer sees: mean over its columns of each one's share. */
  readonly perColumn: number;
}

/** Sums squared errors of predictions against the variance of the targets. */
export class ErrorSum {
  readonly #errors: Float64Array;
  #weight = 0;

  constructor(size: number) {
    this.#errors = new Float64Array(size);
  }

  /** `found` and `wanted` `[rows, size]`, `weights` `[rows]`. */
  add(found: Float32Array, wanted: Float32Array, weights: Float32Array): void {
    const size = this.#errors.length;
    for (let row = 0, i = 0; row < weights.length; row++) {
      const weight = weights[row]!;
      for (let c = 0; c < size; c++, i++) this.#errors[c]! += weight * (wanted[i]! - found[i]!) ** 2;
      this.#weight += weight;
    }
  }

  unexplained({ variance, seen }: Pick<AffineFit, 'variance' | 'seen'>): Unexplained {
    const errors = this.#errors.map((sum) => sum / this.#weight);
    const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
    return {
      share: total(errors) / total(variance),
      perColumn: total(errors.map((error, i) => error / seen[i]!)) / errors.length,
    };
  }
}
