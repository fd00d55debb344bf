import { pairHash } from './hash';

/**
 * Fills the slots of a table as src/model/hash-table.ts does, for `count` things that are `width` texts each, one or two.
 * `slots` holds 2 ** bits zeros. Texts are laid out as by `scanTable`. Returns how many things gave their slot to an equal
 * one.
 */
export function indexTexts(
  count: i32,
  width: i32,
  bits: i32,
  slots: i32,
  units: i32,
  starts: i32,
  hashes: i32,
): i32 {
  const mask = (1 << bits) - 1;
  let replaced: i32 = 0;
  for (let i: i32 = 0; i < count; i++) {
    const hash: i32 =
      width == 1
        ? load<i32>(hashes + (i << 2))
        : pairHash(load<i32>(hashes + (i << 3)), load<i32>(hashes + (i << 3) + 4));
    const entry = (hash << bits) | (i + 1);
    let slot: i32 = hash >>> (32 - bits);
    for (let other = load<i32>(slots + (slot << 2)); other != 0; other = load<i32>(slots + (slot << 2))) {
      if ((other ^ entry) >>> bits == 0 && areEqual((other & mask) - 1, i, width, units, starts)) {
        replaced++;
        break;
      }
      slot = (slot + 1) & mask;
    }
    store<i32>(slots + (slot << 2), entry);
  }
  return replaced;
}

function areEqual(a: i32, b: i32, width: i32, units: i32, starts: i32): bool {
  const ofA = starts + ((a * width) << 2);
  const ofB = starts + ((b * width) << 2);
  const startA = load<i32>(ofA);
  const startB = load<i32>(ofB);
  for (let i = 1; i <= width; i++) {
    if (load<i32>(ofA + (i << 2)) - startA != load<i32>(ofB + (i << 2)) - startB) return false;
  }
  const length = load<i32>(ofA + (width << 2)) - startA;
  return memory.compare(units + (startA << 1), units + (startB << 1), length << 1) == 0;
}
