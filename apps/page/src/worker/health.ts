import type { Backend, LookupFfnConfig } from '@lookupffn/core';
import { encode, packSequences } from '@lookupffn/roberta';
import { encodeText, type Model } from './models.js';
import type { Progress } from './progress.js';
import { RecordingEvaluator } from './recording-evaluator.js';

export interface HealthInput {
  readonly model: number;
  readonly sentences: readonly string[];
}

/** How a sample of tokens uses the tables of one layer. */
export interface LayerHealth {
  readonly layer: number;
  readonly tables: number;
  readonly cells: number;
  /** Share of each table's cells that were some token's code, `[tables]`. */
  readonly occupancy: readonly number[];
  /** exp(entropy of the codes) / cells, `[tables]`: 1 when all cells are used alike. */
  readonly evenness: readonly number[];
  /** The busiest cell's share of the tokens, `[tables]`. */
  readonly busiest: readonly number[];
  /** Share of the tokens in the n-th busiest cell, mean over the tables, `[cells]`. */
  readonly load: readonly number[];
}

export interface Health {
  readonly tokens: number;
  readonly layers: readonly LayerHealth[];
}

/** Counts the codes of one layer. */
export class CellLoad {
  readonly #tables: number;
  readonly #cells: number;
  /** `[tables, cells]`. */
  readonly #counts: Uint32Array;
  #rows = 0;

  constructor({ tables, bits }: Pick<LookupFfnConfig, 'tables' | 'bits'>) {
    this.#tables = tables;
    this.#cells = 2 ** bits;
    this.#counts = new Uint32Array(tables * this.#cells);
  }

  /** codes `[rows, tables]`. */
  add(codes: Int32Array): void {
    for (let i = 0; i < codes.length; i++) {
      this.#counts[(i % this.#tables) * this.#cells + codes[i]!]!++;
    }
    this.#rows += codes.length / this.#tables;
  }

  health(layer: number): LayerHealth {
    const load = new Array<number>(this.#cells).fill(0);
    const perTable = Array.from({ length: this.#tables }, (_, table) => {
      const counts = this.#counts
        .slice(table * this.#cells, (table + 1) * this.#cells)
        .sort()
        .reverse();
      let used = 0;
      let entropy = 0;
      counts.forEach((count, rank) => {
        const share = count / this.#rows;
        load[rank]! += share / this.#tables;
        if (count === 0) return;
        used++;
        entropy -= share * Math.log(share);
      });
      return {
        occupancy: used / this.#cells,
        evenness: Math.exp(entropy) / this.#cells,
        busiest: counts[0]! / this.#rows,
      };
    });
    return {
      layer,
      tables: this.#tables,
      cells: this.#cells,
      occupancy: perTable.map(({ occupancy }) => occupancy),
      evenness: perTable.map(({ evenness }) => evenness),
      busiest: perTable.map(({ busiest }) => busiest),
      load,
    };
  }
}

/** Runs sentences through a model, one a step, and counts the cells that are read. */
export function* tableHealth(
  backend: Backend,
  model: Model,
  { sentences }: HealthInput,
): Generator<Progress, Health> {
  const { config, evaluator } = model;
  const loads = new Map<string, CellLoad>();
  let tokens = 0;
  const recording = new RecordingEvaluator(backend, model, (hashed) => {
    const { name, rows, z, score } = hashed;
    const { tables, bits } = hashed.config;
    const codes = new Int32Array(rows * tables);
    const scores = new Float32Array(rows * tables);
    const { beta, gamma } = score;
    backend.ops.hash({ rows, tables, bits }, z, { beta, gamma }, codes, scores);
    if (!loads.has(name)) loads.set(name, new CellLoad(hashed.config));
    loads.get(name)!.add(codes);
  });
  for (const [i, sentence] of sentences.entries()) {
    const ids = encodeText(model, sentence, true);
    try {
      encode(recording, config, packSequences([ids], config));
    } finally {
      evaluator.releaseAll();
    }
    tokens += ids.length;
    yield { done: i + 1, total: sentences.length };
  }
  const layers = [...loads].map(([name, load]) => load.health(Number(/layer\.(\d+)\./.exec(name)![1])));
  return { tokens, layers };
}
