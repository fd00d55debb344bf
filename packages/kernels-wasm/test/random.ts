/** Deterministic numbers for tests: mulberry32, then Box and Muller. */
export function randomSource(seed: number) {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return {
    floats: (length: number, scale = 1) => Float32Array.from({ length }, () => normal() * scale),
    positive: (length: number) => Float32Array.from({ length }, () => 0.5 + uniform()),
    ints: (length: number, below: number) => Int32Array.from({ length }, () => Math.floor(uniform() * below)),
  };
}

/** Largest difference, relative to the largest magnitude expected. */
export function relativeError(found: Float32Array, expected: Float32Array): number {
  let difference = 0;
  let magnitude = 0;
  for (let i = 0; i < expected.length; i++) {
    const gap = Math.abs(found[i]! - expected[i]!);
    if (!(gap <= difference)) difference = gap;
    magnitude = Math.max(magnitude, Math.abs(expected[i]!));
  }
  return magnitude === 0 ? difference : difference / magnitude;
}
