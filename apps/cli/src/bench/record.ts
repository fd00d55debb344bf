import { type Bound, lowerBound, type Roofline } from '../machine/roofline.js';
import type { Kernel } from '../model/kernel.js';
import type { Timing } from './ffn.js';

/** One line of a benchmark's result. */
export interface BenchRecord extends Kernel {
  readonly test: 'ffn' | 'layer' | 'model';
  readonly ffn: 'dense' | 'lookup';
  /** What weights are really kept as. */
  readonly dtype: string;
  /** Sequences a call, and tokens of each. */
  readonly batch: number;
  readonly tokens: number;
  readonly microsPerToken: number;
  /** Interquartile range over the median. */
  readonly spread: number;
  readonly tokensPerSecond: number;
  readonly gigaflopsPerSecond: number;
  readonly gigabytesPerSecond: number;
  /** Time that the machine's measured limits allow over time taken; null where they could not be measured. */
  readonly rooflineShare: number | null;
  /** The limit: `compute`, or the memory that holds the weights. */
  readonly boundBy: string | null;
  /** Of this process so far: it never falls from line to line. */
  readonly peakRssBytes: number;
}

/** Work of one token. */
export interface TokenWork {
  readonly flop: number;
  readonly bytes: number;
  /** Bytes of weights that take turns. */
  readonly workingSet: number;
}

export function makeRecord(
  what: Pick<BenchRecord, 'test' | 'ffn' | 'backend' | 'isa' | 'threads' | 'dtype' | 'batch' | 'tokens'>,
  { microsPerToken, spread }: Timing,
  work: TokenWork,
  roofline: Roofline | undefined,
): BenchRecord {
  const bound: Bound | undefined = roofline && lowerBound(roofline, work);
  return {
    ...what,
    microsPerToken,
    spread,
    tokensPerSecond: 1e6 / microsPerToken,
    gigaflopsPerSecond: work.flop / microsPerToken / 1e3,
    gigabytesPerSecond: work.bytes / microsPerToken / 1e3,
    rooflineShare: bound ? bound.micros / microsPerToken : null,
    boundBy: bound?.by ?? null,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  };
}
