import {
  denseFfnCost,
  type FfnCost,
  type LookupFfnConfig,
  lookupFfnCost,
  type TableDtype,
} from '@lookupffn/core';
import type { FfnBench, Timing } from './ffn.js';

export interface Rates {
  /** Counted by the cost model's conventions, not by what the kernel happens to execute. */
  readonly gigaflopsPerSecond: number;
  /** Weights that a batch must read at least once. */
  readonly gigabytesPerSecond: number;
}

function rates(cost: FfnCost, { microsPerToken }: Timing): Rates {
  return {
    gigaflopsPerSecond: cost.flop.total / microsPerToken / 1e3,
    gigabytesPerSecond: cost.bytesRead.total / microsPerToken / 1e3,
  };
}

/** What the measured times mean as rates of arithmetic and of reading, for each row of a benchmark. */
export function ffnRates(
  bench: FfnBench,
  lookup: LookupFfnConfig,
  inner: number,
): { dense: Rates; lookup: Rates }[] {
  const { hidden, out } = lookup;
  const dtype = bench.dtypes.dense === 'int8' ? 'int8' : 'f32';
  const tableDtype = bench.dtypes.lookup as TableDtype;
  return bench.rows.map((row) => ({
    dense: rates(denseFfnCost({ hidden, inner, out, dtype, tokens: row.tokens }), row.dense),
    lookup: rates(lookupFfnCost({ ...lookup, tableDtype, tokens: row.tokens }), row.lookup),
  }));
}
