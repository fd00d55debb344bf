import { type Backend, lookupFfnGeometry } from '@lookupffn/core';
import { encode, modulePrefix, packSequences } from '@lookupffn/roberta';
import { encodeText, type Model } from './models.js';
import { type Hashed, RecordingEvaluator } from './recording-evaluator.js';

export interface CellsInput {
  readonly model: number;
  readonly text: string;
  readonly layer: number;
}

/** What one layer read for a sentence. Arrays are row-major, tokens first. */
export interface CellReads {
  readonly layer: number;
  readonly tokens: readonly string[];
  readonly tables: number;
  readonly bits: number;
  /** Cells read in each table for each token, `c`. */
  readonly cellsRead: number;
  readonly read: string;
  /** `[tokens, tables, bits]`: the numbers whose signs are the code. */
  readonly z: Float32Array;
  /** `[tokens, tables]`. */
  readonly codes: Int32Array;
  /** `[tokens, tables]`. */
  readonly scores: Float32Array;
  /** `[tokens, tables]`: the smallest |z|, how far the token is from another cell. */
  readonly margins: Float32Array;
  /** `[tokens, tables, c]`. */
  readonly cells: Int32Array;
  /** `[tokens, tables, c]`: what each cell's row is multiplied by. */
  readonly weights: Float32Array;
}

/** The smallest |z| of each table, `[rows * tables]`. */
export function marginsOf(z: Float32Array, bits: number): Float32Array {
  return Float32Array.from({ length: z.length / bits }, (_, at) => {
    let margin = Number.POSITIVE_INFINITY;
    for (let j = at * bits; j < (at + 1) * bits; j++) margin = Math.min(margin, Math.abs(z[j]!));
    return margin;
  });
}

function readsOf(backend: Backend, { config, rows, z, score }: Hashed) {
  const { tables, bits, read } = config;
  const { cellsRead } = lookupFfnGeometry(config);
  const codes = new Int32Array(rows * tables);
  const scores = new Float32Array(rows * tables);
  const { beta, gamma } = score;
  backend.ops.hash({ rows, tables, bits }, z, { beta, gamma }, codes, scores);
  const cells = new Int32Array(rows * tables * cellsRead);
  const weights = new Float32Array(cells.length);
  backend.ops.read({ rows, tables, bits, read }, z, score, cells, weights);
  return { tables, bits, cellsRead, read, z, codes, scores, margins: marginsOf(z, bits), cells, weights };
}

/** Which cells a layer reads for each token of a text. Throws for a dense layer, or a text that is too long. */
export function inspectCells(backend: Backend, model: Model, { text, layer }: CellsInput): CellReads {
  const { config, tokenizer, evaluator } = model;
  const ids = encodeText(model, text);
  const name = `${modulePrefix(config)}.encoder.layer.${layer}.ffn`;
  let found: Hashed | undefined;
  const recording = new RecordingEvaluator(backend, model, (hashed) => {
    if (hashed.name === name) found = hashed;
  });
  try {
    encode(recording, config, packSequences([ids], config));
  } finally {
    evaluator.releaseAll();
  }
  if (!found) throw new Error(`Layer ${layer} of this model has no tables.`);
  const tokens = ids.map((id) => tokenizer.decode([id], { skipSpecialTokens: false }));
  return { layer, tokens, ...readsOf(backend, found) };
}
