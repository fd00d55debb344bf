import type { Backend } from '@lookupffn/core';
import { type CellReads, type CellsInput, inspectCells } from './cells.js';
import { type Filled, type FillInput, fillMasks } from './fill.js';
import { type Health, type HealthInput, tableHealth } from './health.js';
import { type Measured, type MeasureInput, measure } from './measure/measure.js';
import type { Model } from './models.js';
import type { Progress } from './progress.js';
import {
  fillIndex,
  type Hit,
  type IndexInput,
  newIndex,
  type SearchInput,
  type SentenceIndex,
  search,
} from './search.js';

/** What the page can ask of the worker once its models are open: input, progress and result of each job. */
export interface Jobs {
  fill: { input: FillInput; progress: never; result: Filled };
  cells: { input: CellsInput; progress: never; result: CellReads };
  search: { input: SearchInput; progress: never; result: Hit[] };
  index: { input: IndexInput; progress: Progress; result: undefined };
  health: { input: HealthInput; progress: Progress; result: Health };
  measure: { input: MeasureInput; progress: Measured; result: Measured };
}

export type JobKind = keyof Jobs;

/** A job in steps: between them the worker listens, and does what somebody is waiting for first. */
type Steps<K extends JobKind> = Generator<Jobs[K]['progress'], Jobs[K]['result']>;

/** Jobs that take long and give way to the others. */
export const backgroundJobs: ReadonlySet<JobKind> = new Set(['index', 'health', 'measure']);

export class JobRoom {
  readonly #backend: Backend;
  readonly #models: ReadonlyMap<number, Model>;
  readonly #indexes = new Map<number, SentenceIndex>();

  constructor(backend: Backend, models: ReadonlyMap<number, Model>) {
    this.#backend = backend;
    this.#models = models;
  }

  start<K extends JobKind>(kind: K, input: Jobs[K]['input']): Steps<K> {
    const starters: { [Kind in JobKind]: (input: Jobs[Kind]['input']) => Steps<Kind> } = {
      fill: (given) => this.#once(() => fillMasks(this.#backend, this.#model(given.model), given)),
      cells: (given) => this.#once(() => inspectCells(this.#backend, this.#model(given.model), given)),
      search: (given) =>
        this.#once(() => {
          const index = this.#indexes.get(given.model);
          return index && index.count > 0 ? search(this.#model(given.model), index, given) : [];
        }),
      index: (given) => fillIndex(this.#model(given.model), this.#index(given)),
      health: (given) => tableHealth(this.#backend, this.#model(given.model), given),
      measure: (given) => measure(this.#backend, (place) => this.#model(place), given),
    };
    return starters[kind](input);
  }

  // biome-ignore lint/correctness/useYield: a job of one step.
  *#once<T>(work: () => T): Generator<never, T> {
    return work();
  }

  #model(index: number): Model {
    const model = this.#models.get(index);
    if (!model) throw new Error('This model is not open.');
    return model;
  }

  #index({ model, sentences }: IndexInput): SentenceIndex {
    let index = this.#indexes.get(model);
    if (!index) {
      index = newIndex(this.#model(model), sentences);
      this.#indexes.set(model, index);
    }
    return index;
  }
}
