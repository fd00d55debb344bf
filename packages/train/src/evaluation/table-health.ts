import type { Backend } from '@lookupffn/core';
import type { RobertaModel } from '@lookupffn/roberta';
import type { TokenSequences } from '../data/sequences.js';

/** How one layer's tables are used by a sample of tokens. */
export interface LayerTableHealth {
  readonly layer: number;
  readonly tables: number;
  readonly cells: number;
  /** Share of cells that were some token's code. */
  readonly occupancy: number;
  /** exp(entropy of the codes) / cells, mean over tables: 1 when all cells are used alike. */
  readonly evenness: number;
  /** The busiest cell's share of tokens, largest over the tables. */
  readonly busiestCell: number;
  /** Code bits that were the same for every token. */
  readonly constantBits: number;
  /** Mean and standard deviation of the scores. */
  readonly score: { readonly mean: number; readonly deviation: number };
}

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
  /** Tokens to look at, in whole sequences. Default 16,384. */
  readonly sampleTokens?: number;
  readonly signal?: AbortSignal;
}

export declare function tableHealth(options: TableHealthOptions): Promise<TableHealth>;
