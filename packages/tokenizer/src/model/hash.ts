/**
 * A hash of UTF-16 units: a polynomial in them, times an odd number near 2 ** 32 over the golden ratio so that its
 * upper bits depend on everything.
 */
export function hashUnits(units: Uint16Array, start: number, end: number): number {
  let hash = 0;
  for (let i = start; i < end; i++) hash = hashOn(hash, units[i]);
  return spread(hash);
}

/** The polynomial with one more unit. By shifts: they are fast even where code is not yet compiled. */
export function hashOn(polynomial: number, unit: number): number {
  return ((polynomial << 9) - polynomial + unit) | 0;
}

export function spread(polynomial: number): number {
  return Math.imul(polynomial, 0x9e3779b1);
}

/** The hash of two texts with these hashes. */
export function pairHash(left: number, right: number): number {
  return spread(spread(left) + right);
}
