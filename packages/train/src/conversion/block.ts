import type { Backend, LookupFfnConfig } from '@lookupffn/core';
import {
  layerLookup,
  lookupFfnParameters,
  modulePrefix,
  type ParameterSpec,
  type RobertaConfig,
} from '@lookupffn/roberta';
import { groupOf } from '../optimizer/groups.js';
import { Parameters } from '../tape/parameters.js';
import { Tape } from '../tape/tape.js';
import type { Variable } from '../tape/variable.js';
import type { Pairs } from './pair-file.js';

/** One look-up block on a tape of its own, with the parameters and names that it has in the whole model. */
export class Block {
  readonly name: string;
  readonly lookup: LookupFfnConfig;
  readonly specs: readonly ParameterSpec[];
  readonly parameters: Parameters;
  readonly tape: Tape;

  /** `config` is the converted model's; `layer` one of its look-up layers. */
  constructor(backend: Backend, config: RobertaConfig, layer: number) {
    const lookup = layerLookup(config, layer);
    if (!lookup || config.ffn.kind !== 'lookup') throw new Error(`Layer ${layer} is no look-up layer.`);
    this.name = `${modulePrefix(config)}.encoder.layer.${layer}.ffn`;
    this.lookup = lookup;
    this.specs = lookupFfnParameters(this.name, lookup, config.ffn);
    this.parameters = new Parameters({ specs: this.specs }, groupOf);
    this.tape = new Tape({ backend, config, parameters: this.parameters });
  }

  data(parameter: string): Float32Array {
    return this.parameters.get(`${this.name}.${parameter}`).data;
  }

  /** On the tape: go back or reset afterwards. */
  forward({ rows, x }: Pick<Pairs, 'rows' | 'x'>): Variable {
    const columns = x.length / rows;
    return this.tape.lookupFfn(this.name, this.tape.constant(rows, columns, x), this.lookup);
  }
}

/** Share of a layer's output that is not explained. */
export interface Unexplained {
  /** Of the total variance; a few large columns may carry most of it. */
  readonly share: number;
  /** Mean over the columns of each one's share. */
  readonly perColumn: number;
}

/** Sums squared errors of predictions against the variance of the targets. */
export class ErrorSum {
  readonly #errors: Float64Array;
  #rows = 0;

  constructor(size: number) {
    this.#errors = new Float64Array(size);
  }

  add(found: Float32Array, wanted: Float32Array): void {
    const size = this.#errors.length;
    for (let i = 0; i < wanted.length; i++) this.#errors[i % size]! += (wanted[i]! - found[i]!) ** 2;
    this.#rows += wanted.length / size;
  }

  unexplained(variance: Float64Array): Unexplained {
    const errors = this.#errors.map((sum) => sum / this.#rows);
    const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
    return {
      share: total(errors) / total(variance),
      perColumn: total(errors.map((error, i) => error / variance[i]!)) / errors.length,
    };
  }
}
