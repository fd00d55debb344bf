import { setImmediate } from 'node:timers/promises';
import { type Backend, type LookupFfnConfig, throwIfAborted } from '@lookupffn/core';
import {
  DirectEvaluator,
  encode,
  layerLookup,
  type Matrix,
  modulePrefix,
  type PrecisionOptions,
  packSequences,
  type RobertaModel,
} from '@lookupffn/roberta';
import { checkSequences } from '../data/check-sequences.js';
import { readSequences, type TokenSequences } from '../data/sequences.js';
import { CellCounts, type LayerTableHealth } from './cell-counts.js';
import { defaultBatchSize } from './evaluate.js';
import { withTablesKept } from './kept-tables.js';

export type { LayerTableHealth } from './cell-counts.js';

export interface TableHealth {
  /** Tokens of the sample. */
  readonly tokens: number;
  /** One entry for each look-up layer; empty for a dense model. */
  readonly layers: readonly LayerTableHealth[];
}

export interface TableHealthOptions {
  readonly model: RobertaModel;
  readonly backend: Backend;
  readonly sequences: TokenSequences;
  /** How weights are kept; a layer's codes depend on what the layers before it give. Default f32. */
  readonly precision?: PrecisionOptions;
  /** Tokens to look at, in whole sequences. Default 16,384. */
  readonly sampleTokens?: number;
  /** Rejects with `ABORTED`. */
  readonly signal?: AbortSignal;
}

const defaultSampleTokens = 16384;

/** The model as it is, hashing each look-up layer's input a second time to see the codes, and its outputs. */
class CodeCounter extends DirectEvaluator {
  /** By module name. */
  readonly counts = new Map<string, CellCounts>();
  readonly #backend: Backend;
  readonly #model: RobertaModel;

  constructor(backend: Backend, model: RobertaModel, precision?: PrecisionOptions) {
    super(backend, model, precision);
    this.#backend = backend;
    this.#model = model;
  }

  override lookupFfn(name: string, x: Matrix, config: LookupFfnConfig): Matrix {
    const { ops } = this.#backend;
    const { weights } = this.#model;
    const { tables, bits } = config;
    const { rows } = x;
    const normed = this.layerNorm(`${name}.LayerNorm`, x);
    const z = new Float32Array(rows * tables * bits);
    const projection = weights.get(`${name}.projection.weight`)!;
    ops.project({ rows, ...config }, normed.data, projection, weights.get(`${name}.projection.bias`)!, z);
    const codes = new Int32Array(rows * tables);
    const scores = new Float32Array(rows * tables);
    const learned = { beta: weights.get(`${name}.score.beta`), gamma: weights.get(`${name}.score.gamma`) };
    ops.hash({ rows, tables, bits }, z, learned, codes, scores);
    let counts = this.counts.get(name);
    if (!counts) {
      counts = new CellCounts(config);
      this.counts.set(name, counts);
    }
    counts.add(rows, codes, scores);
    const y = super.lookupFfn(name, x, config);
    counts.addOutputs(x.data, y.data);
    return y;
  }
}

/** Which cells of each look-up layer a sample of (unmasked) sequences uses, and how much comes of it. Throws as `evaluate`. */
export async function tableHealth(options: TableHealthOptions): Promise<TableHealth> {
  const { model, backend, sequences, precision, sampleTokens = defaultSampleTokens, signal } = options;
  const { config } = model;
  checkSequences(sequences, config);
  const { sequenceLength } = sequences;
  const lookups = Array.from({ length: config.numHiddenLayers }, (_, i) => i).filter((i) =>
    layerLookup(config, i),
  );
  if (lookups.length === 0) return { tokens: 0, layers: [] };
  const count = Math.min(sequences.count, Math.max(1, Math.floor(sampleTokens / sequenceLength)));
  const batchSize = defaultBatchSize(sequenceLength);
  const kept = withTablesKept(backend, model, precision);
  const counter = new CodeCounter(backend, kept.model, kept.precision);
  try {
    for (let first = 0; first < count; first += batchSize) {
      await setImmediate();
      throwIfAborted(signal, 'Looking at the tables');
      const size = Math.min(batchSize, count - first);
      encode(counter, config, packSequences(readSequences(sequences, first, size), config));
      counter.releaseAll();
    }
  } finally {
    counter.dispose();
  }
  const prefix = modulePrefix(config);
  return {
    tokens: count * sequenceLength,
    layers: lookups.map((layer) => counter.counts.get(`${prefix}.encoder.layer.${layer}.ffn`)!.health(layer)),
  };
}
