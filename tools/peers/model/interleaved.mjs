export const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

/**
 * Milliseconds of each contestant (`name -> async (round) => ...`) in every round: all take turns, so that a noisy machine
 * is noisy for all.
 */
export async function interleaved(contestants, rounds) {
  const times = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = -2; round < rounds; round++) {
    // In alternating order, so that a machine that slows down meanwhile slows each alike.
    const order = Object.entries(contestants);
    if (round % 2) order.reverse();
    for (const [name, run] of order) {
      const start = process.hrtime.bigint();
      await run(round);
      if (round >= 0) times[name].push(Number(process.hrtime.bigint() - start) / 1e6);
    }
  }
  return times;
}
