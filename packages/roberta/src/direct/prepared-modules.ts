import {
  type Activation,
  type Backend,
  isLookupFfnError,
  type LinearDtype,
  type LookupFfnConfig,
  LookupFfnError,
  type LookupFfnWeights,
  type Prepared,
  type PreparedLinear,
  type PreparedLookupFfn,
  type ProjectionDtype,
  type TableDtype,
} from '@lookupffn/core';
import { layerLookup } from '../model/config.js';
import { modulePrefix } from '../model/modules.js';
import { PackedSource } from '../packed/source.js';
import type { ToPack } from '../packed/types.js';
import type { ParameterSource } from '../weights/source.js';

export interface PrecisionOptions {
  /** How dense weights are kept, and look-ups' affine paths; default `f32`. */
  readonly linearDtype?: LinearDtype;
  /** How table rows are kept; default `f32`. */
  readonly tableDtype?: TableDtype;
  /** How BH4 projections are kept; default `f32`. */
  readonly projectionDtype?: ProjectionDtype;
}

const saving = (handle: Prepared) => ({
  dtype: handle.dtype,
  byteLength: handle.bytes,
  bytes: () => handle.save!(),
});

/** A length that does not fit is the file's fault, and said so. */
function adopted<T>({ model }: PackedSource, name: string, adopt: () => T): T {
  try {
    return adopt();
  } catch (error) {
    if (!isLookupFfnError(error) || error.code !== 'SHAPE_MISMATCH') throw error;
    throw new LookupFfnError(
      'FILE_CORRUPT',
      `${model.file}: the packed module '${name}' does not fit its config: ${error.message}`,
      { file: model.file, module: name },
      error,
    );
  }
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
  readonly #source: ParameterSource;
  readonly #epsilon: number;
  readonly #options: PrecisionOptions;

  constructor(backend: Backend, source: ParameterSource, epsilon: number, options: PrecisionOptions) {
    this.#backend = backend;
    this.#source = source;
    this.#epsilon = epsilon;
    this.#options = options;
  }

  linear(name: string, activation: Activation): LinearModule {
    const key = `${activation} ${name}`;
    const known = this.#linears.get(key);
    if (known) return known;
    const made = this.#makeLinear(name, activation);
    this.#linears.set(key, made);
    return made;
  }

  #makeLinear(name: string, activation: Activation): LinearModule {
    const source = this.#source;
    if (source instanceof PackedSource) {
      const [out, inSize] = source.matrix(`${name}.weight`);
      const { bytes, dtype } = source.module(name, activation);
      const options = { in: inSize, out, dtype: dtype as LinearDtype, activation };
      const bias = source.spec(`${name}.bias`) !== undefined;
      const handle = adopted(source, name, () => this.#backend.adopt!.linear(options, bias, bytes));
      return { handle, out };
    }
    const { data: weight, shape } = source.get(`${name}.weight`);
    const [out, inSize] = shape as [number, number];
    const bias = source.find(`${name}.bias`)?.data ?? null;
    const options = { in: inSize, out, dtype: this.#options.linearDtype, activation };
    return { handle: this.#backend.prepare.linear(options, weight, bias), out };
  }

  lookupFfn(name: string, config: LookupFfnConfig): PreparedLookupFfn {
    const known = this.#lookups.get(name);
    if (known) return known;
    const made = this.#makeLookup(name, config);
    this.#lookups.set(name, made);
    return made;
  }

  #makeLookup(name: string, config: LookupFfnConfig): PreparedLookupFfn {
    const source = this.#source;
    if (source instanceof PackedSource) {
      const { bytes, dtype, projectionDtype, skipDtype } = source.module(name, 'none');
      const has = (parameter: string) => source.spec(`${name}.${parameter}`) !== undefined;
      const parts = {
        normEpsilon: this.#epsilon,
        skip: has('skip.weight'),
        temperature: has('read.temperature'),
        beta: has('score.beta'),
        gamma: has('score.gamma'),
      };
      const options = { tableDtype: dtype as TableDtype, projectionDtype, skipDtype };
      return adopted(source, name, () => this.#backend.adopt!.lookupFfn(config, parts, options, bytes));
    }
    const { linearDtype: skipDtype, tableDtype, projectionDtype } = this.#options;
    const options = { tableDtype, projectionDtype, skipDtype };
    return this.#backend.prepare.lookupFfn(config, this.#lookupWeights(name), options);
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

  /** Adopts all that a packed file holds, so that what does not fit is found out before the first request. */
  adoptAll(): void {
    if (!(this.#source instanceof PackedSource)) return;
    const { config, modules } = this.#source.model;
    for (const { kind, name, activation } of modules) if (kind === 'linear') this.linear(name, activation);
    for (let i = 0; i < config.numHiddenLayers; i++) {
      const lookup = layerLookup(config, i);
      if (lookup) this.lookupFfn(`${modulePrefix(config)}.encoder.layer.${i}.ffn`, lookup);
    }
  }

  /** What was prepared, for a packed file; of handles that can be saved. */
  *toPack(): Generator<ToPack> {
    for (const [key, { handle }] of this.#linears) {
      const [activation, name] = key.split(' ') as [Activation, string];
      yield { kind: 'linear', name, activation, ...saving(handle) };
    }
    for (const [name, handle] of this.#lookups) {
      const { projectionDtype, skipDtype } = handle;
      yield { kind: 'lookup', name, activation: 'none', projectionDtype, skipDtype, ...saving(handle) };
    }
  }

  /** Look-ups and dense modules apart, for counting. */
  get handles(): { readonly linears: Prepared[]; readonly lookups: Prepared[] } {
    return {
      linears: [...this.#linears.values()].map(({ handle }) => handle),
      lookups: [...this.#lookups.values()],
    };
  }

  get all(): Prepared[] {
    const { linears, lookups } = this.handles;
    return [...linears, ...lookups];
  }

  dispose(): void {
    for (const handle of this.all) handle.dispose();
    this.#linears.clear();
    this.#lookups.clear();
  }
}
