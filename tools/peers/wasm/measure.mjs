// Times contestants interleaved, so that a noisy machine is noisy for all of them. Runs in Node and in a page.

export const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

/**
 * One call of every contestant in turn, many rounds, after two that do not count. Each turn takes as many calls as make
 * about `milliseconds`, so that the clock of a page (0.1 ms) does not matter. Returns milliseconds a call of each turn:
 * `{ [name]: number[] }`.
 */
export async function measure(contestants, { rounds, milliseconds }) {
  const calls = {};
  for (const [name, run] of Object.entries(contestants)) {
    await run();
    const start = performance.now();
    await run();
    await run();
    const once = (performance.now() - start) / 2;
    calls[name] = Math.max(1, Math.round(milliseconds / Math.max(once, 0.01)));
  }
  const times = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = -2; round < rounds; round++) {
    for (const [name, run] of Object.entries(contestants)) {
      const start = performance.now();
      for (let call = 0; call < calls[name]; call++) await run();
      const took = (performance.now() - start) / calls[name];
      if (round >= 0) times[name].push(took);
    }
  }
  return times;
}

/** How many times faster `ours` is than `theirs`: the median over rounds of their quotient in the same round. */
export function speedup(times, ours, theirs) {
  return median(times[ours].map((time, round) => times[theirs][round] / time));
}
