/** Odd, and near 2 ** 32 over the golden ratio, so that the product's upper bits depend on everything. */
const FACTOR = 0x9e3779b1 | 0;

/** A hash of UTF-16 units whose upper bits are the good ones; of two texts side by side it follows from theirs. */
export function hashUnits(units: Uint16Array, start: number, end: number): number {
  let hash = 0;
  for (let i = start; i < end; i++) hash = hashOn(hash, units[i]);
  return hash;
}

/** The hash of the same text with one more unit. */
export function hashOn(hash: number, unit: number): number {
  return Math.imul(hash + unit, FACTOR);
}

const powers = new Int32Array(64).fill(1);
for (let i = 1; i < powers.length; i++) powers[i] = Math.imul(powers[i - 1], FACTOR);

/** The hash of two texts side by side; the right one has `length` units. */
export function joinedHash(left: number, right: number, length: number): number {
  let shifted = left;
  let rest = length;
  for (; rest >= powers.length; rest--) shifted = Math.imul(shifted, FACTOR);
  return (Math.imul(shifted, powers[rest]) + right) | 0;
}
