import { median } from '../median.js';

/** Milliseconds a pass, of some samples. */
export interface Timing {
  readonly median: number;
  /** Much less than the median where something else was computing. */
  readonly best: number;
}

/** A sample lasts at least this long, for a browser's clock may step by a tenth of a millisecond. */
const sampleMillis = 12;

function elapsed(pass: () => void, times: number): number {
  const start = performance.now();
  for (let i = 0; i < times; i++) pass();
  return performance.now() - start;
}

/** How often a pass must run to fill a sample; finding out warms the code and the caches. */
function calibrate(pass: () => void): number {
  pass();
  for (let times = 1; ; times *= 2) {
    const millis = elapsed(pass, times);
    if (millis >= sampleMillis / 2 || times >= 1 << 16) {
      return Math.max(1, Math.round((times * sampleMillis) / Math.max(millis, 0.01)));
    }
  }
}

/**
 * Times of a pass of each contender. They take turns, so that a machine that slows down slows each of them
 * alike; yields between samples, so that a thread can do other work.
 */
export function* interleave(contenders: readonly (() => void)[], rounds: number): Generator<void, Timing[]> {
  const times: number[] = [];
  for (const pass of contenders) {
    times.push(calibrate(pass));
    yield;
  }
  const samples: number[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, pass] of contenders.entries()) {
      samples[i]!.push(elapsed(pass, times[i]!) / times[i]!);
      yield;
    }
  }
  return samples.map((own) => ({ median: median(own), best: Math.min(...own) }));
}
