import {
  type Backend,
  denseFfnCost,
  type FfnCost,
  type LookupFfnConfig,
  lookupFfnCost,
  type TableDtype,
} from '@lookupffn/core';
import type { Roofline } from '../machine/roofline.js';
import { kernelOf } from '../model/kernel.js';
import type { FfnBench, FfnBenchOptions, Timing } from './ffn.js';
import { type BenchRecord, makeRecord } from './record.js';

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

/** Cost of a token on either side, of weights as they are really kept. */
function costs({ dtypes }: FfnBench, lookup: LookupFfnConfig, inner: number, tokens: number) {
  const { hidden, out } = lookup;
  const dtype = dtypes.dense === 'int8' ? 'int8' : 'f32';
  return {
    dense: denseFfnCost({ hidden, inner, out, dtype, tokens }),
    lookup: lookupFfnCost({ ...lookup, tableDtype: dtypes.lookup as TableDtype, tokens }),
  };
}

/** What the measured times mean as rates of arithmetic and of reading, for each row of a benchmark. */
export function ffnRates(
  bench: FfnBench,
  lookup: LookupFfnConfig,
  inner: number,
): { dense: Rates; lookup: Rates }[] {
  return bench.rows.map((row) => {
    const cost = costs(bench, lookup, inner, row.tokens);
    return { dense: rates(cost.dense, row.dense), lookup: rates(cost.lookup, row.lookup) };
  });
}

/** The same as records, both sides of each row. */
export function ffnRecords(
  backend: Backend,
  bench: FfnBench,
  { lookup, intermediate, layers }: FfnBenchOptions,
  roofline: Roofline | undefined,
): BenchRecord[] {
  return bench.rows.flatMap((row) => {
    const cost = costs(bench, lookup, intermediate, row.tokens);
    return (['dense', 'lookup'] as const).map((ffn) =>
      makeRecord(
        {
          ...{ test: 'ffn', ffn, ...kernelOf(backend.info), batch: 1, tokens: row.tokens },
          dtype: bench.dtypes[ffn],
        },
        row[ffn],
        {
          flop: cost[ffn].flop.total,
          bytes: cost[ffn].bytesRead.total,
          workingSet: bench.bytes[ffn] * layers,
        },
        roofline,
      ),
    );
  });
}
