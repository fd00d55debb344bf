import { throwIfAborted } from '@lookupffn/core';

/** Runs one pass of the thing to measure; a promise is waited for. */
export type Pass = () => unknown;

export interface InterleaveOptions {
  /** Samples of each contender. */
  readonly repeat: number;
  /** A sample lasts at least this long; short passes are repeated within it. */
  readonly sampleMillis: number;
  readonly signal?: AbortSignal;
}

async function elapsed(pass: Pass, times: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < times; i++) {
    const pending = pass();
    if (pending instanceof Promise) await pending;
  }
  return performance.now() - start;
}

/** How often a pass must run to fill a sample; the runs made to find out warm the caches and the compiler. */
async function calibrate(pass: Pass, sampleMillis: number): Promise<number> {
  await pass();
  let times = 1;
  for (;;) {
    const millis = await elapsed(pass, times);
    if (millis >= sampleMillis / 2 || times >= 1 << 16) {
      return Math.max(1, Math.round((times * sampleMillis) / Math.max(millis, 1e-3)));
    }
    times *= 2;
  }
}

/**
 * Milliseconds per pass, `[contender][sample]`. The contenders take turns, in alternating order, so that a machine
 * that slows down meanwhile slows each of them alike.
 */
export async function interleave(
  contenders: readonly Pass[],
  options: InterleaveOptions,
): Promise<number[][]> {
  const times: number[] = [];
  for (const pass of contenders) times.push(await calibrate(pass, options.sampleMillis));
  const samples: number[][] = contenders.map(() => []);
  for (let round = 0; round < options.repeat; round++) {
    const order = contenders.map((_, i) => (round % 2 === 0 ? i : contenders.length - 1 - i));
    for (const i of order) samples[i]!.push((await elapsed(contenders[i]!, times[i]!)) / times[i]!);
    // Lets Ctrl-C and timers through between samples.
    await new Promise((resolve) => setImmediate(resolve));
    throwIfAborted(options.signal, 'The measurement');
  }
  return samples;
}
