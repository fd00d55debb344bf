import { projectionWeightLength } from '../backend/check-prepared.js';
import type { LinearDtype, TableDtype } from '../backend/prepared.js';
import { type LookupFfnConfig, lookupFfnGeometry, validateLookupFfnConfig } from '../lookup-ffn/config.js';
import { type FfnCost, sumUp } from './cost.js';
import { requireCount } from './dense-ffn.js';

export interface LookupFfnCostOptions {
  /** How table rows are kept; default `f32`. Scales of quantised rows are not counted. */
  readonly tableDtype?: TableDtype;
  /** Whether there is an affine path beside the tables. */
  readonly skip?: boolean;
  /** Outputs of a matrix after the tables, whose `out` columns are then an output rank. Default: no matrix. */
  readonly outputs?: number | undefined;
  /** How the affine path and that matrix are kept; default `f32`. */
  readonly linearDtype?: LinearDtype | undefined;
  /** Tokens that share one reading of the projection and of the matrices; default 1. */
  readonly tokens?: number;
}

const tableBytes: Readonly<Record<TableDtype, number>> = { f32: 4, bf16: 2, f16: 2, int8: 1, int4: 0.5 };

function projectionFlop(config: LookupFfnConfig): number {
  const { padded, repeats, codeBits } = lookupFfnGeometry(config);
  if (config.projection === 'dense') return 2 * config.hidden * codeBits;
  const { stages, block } = config;
  return repeats * (2 * stages * padded * block + stages * padded * Math.log2(padded));
}

/**
 * Cost of a LookupFFN (conventions 9), FLOP per token: BH4 `R (2 stages P b + stages P log2 P)` or a dense
 * projection `2 d h tau`; hash `3 h tau`; gather `2 h o` times the cells read; skip `2 d o`; a matrix after the
 * tables `2 o` times its outputs. Table rows read per token: `h` times the cells read, but a batch never reads more
 * than the whole tables. Throws `INVALID_CONFIG`, or `INVALID_ARGUMENT` for tokens and outputs.
 */
export function lookupFfnCost(
  config: LookupFfnConfig & LookupFfnCostOptions,
): FfnCost<'projection' | 'hash' | 'gather' | 'skip' | 'output'> {
  validateLookupFfnConfig(config);
  const { hidden, out, tables, outputs, tokens = 1 } = config;
  const { tableDtype = 'f32', linearDtype = 'f32', skip = false } = config;
  requireCount('tokens', tokens);
  if (outputs !== undefined) requireCount('outputs', outputs);
  const { codeBits, cells, cellsRead } = lookupFfnGeometry(config);
  const projection = projectionWeightLength(config) + codeBits;
  const rowsRead = Math.min(tables * cellsRead, (tables * cells) / tokens);
  const skipWeights = skip ? out * hidden : 0;
  const linearBytes = linearDtype === 'int8' ? 1 : 4;
  const outputBias = outputs ?? 0;
  const outputWeights = out * outputBias;
  return {
    flop: sumUp({
      projection: projectionFlop(config),
      hash: 3 * codeBits,
      gather: 2 * tables * out * cellsRead,
      skip: 2 * skipWeights,
      output: 2 * outputWeights,
    }),
    bytesRead: sumUp({
      projection: (4 * projection) / tokens,
      hash: 0,
      gather: rowsRead * out * tableBytes[tableDtype] + (4 * out) / tokens,
      skip: (linearBytes * skipWeights) / tokens,
      output: (linearBytes * outputWeights + 4 * outputBias) / tokens,
    }),
    parameters: sumUp({
      projection,
      hash: 0,
      gather: tables * cells * out + out,
      skip: skipWeights,
      output: outputWeights + outputBias,
    }),
  };
}
