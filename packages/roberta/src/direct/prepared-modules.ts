import type {
  Activation,
  Backend,
  LinearDtype,
  LookupFfnConfig,
  LookupFfnWeights,
  Prepared,
  PreparedLinear,
  PreparedLookupFfn,
  TableDtype,
} from '@lookupffn/core';
import type { WeightSource } from '../weights/source.js';

export interface PrecisionOptions {
  /** How dense weights are kept; default `f32`. */
  readonly linearDtype?: LinearDtype;
  /** How table rows are kept; default `f32`. */
  readonly tableDtype?: TableDtype;
}

/** A prepared linear module and its output size. */
interface LinearModule {
  readonly handle: PreparedLinear;
  readonly out: number;
}

/**
 * Prepared weights by module name, each made at its first use: the model itself says which modules it has and which
 * activation follows each, and no second list of them can drift from it.
 */
export class PreparedModules {
  readonly #linears = new Map<string, LinearModule>();
  readonly #lookups = new Map<string, PreparedLookupFfn>();
  readonly #backend: Backend;
  readonly #source: WeightSource;
  readonly #epsilon: number;
  readonly #options: PrecisionOptions;

  constructor(backend: Backend, source: WeightSource, epsilon: number, options: PrecisionOptions) {
    this.#backend = backend;
    this.#source = source;
    this.#epsilon = epsilon;
    this.#options = options;
  }

  linear(name: string, activation: Activation): LinearModule {
    const key = `${activation} ${name}`;
    const known = this.#linears.get(key);
    if (known) return known;
    const { data: weight, shape } = this.#source.get(`${name}.weight`);
    const [out, inSize] = shape as [number, number];
    const bias = this.#source.find(`${name}.bias`)?.data ?? null;
    const handle = this.#backend.prepare.linear(
      { in: inSize, out, dtype: this.#options.linearDtype, activation },
      weight,
      bias,
    );
    const made = { handle, out };
    this.#linears.set(key, made);
    return made;
  }

  lookupFfn(name: string, config: LookupFfnConfig): PreparedLookupFfn {
    const known = this.#lookups.get(name);
    if (known) return known;
    const made = this.#backend.prepare.lookupFfn(config, this.#lookupWeights(name), {
      tableDtype: this.#options.tableDtype,
    });
    this.#lookups.set(name, made);
    return made;
  }

  #lookupWeights(name: string): LookupFfnWeights {
    const get = (parameter: string) => this.#source.get(`${name}.${parameter}`).data;
    const find = (parameter: string) => this.#source.find(`${name}.${parameter}`)?.data ?? null;
    return {
      norm: { weight: get('LayerNorm.weight'), bias: get('LayerNorm.bias'), epsilon: this.#epsilon },
      projectionWeight: get('projection.weight'),
      projectionBias: get('projection.bias'),
      tables: get('tables'),
      bias: get('bias'),
      skip: find('skip.weight'),
      temperature: find('read.temperature'),
      beta: find('score.beta'),
      gamma: find('score.gamma'),
    };
  }

  get all(): Prepared[] {
    return [...[...this.#linears.values()].map(({ handle }) => handle), ...this.#lookups.values()];
  }

  dispose(): void {
    for (const handle of this.all) handle.dispose();
    this.#linears.clear();
    this.#lookups.clear();
  }
}
