/** Finds things, known by their numbers from 0 on, by their hashes: open addressing over one typed array. */
export class HashTable {
  /** A thing's number + 1 in the lower `bits` bits (0: free), above it as many of its hash as fit, the lowest ones. */
  readonly slots: Int32Array;
  /** The upper so many bits of a hash are its slot. */
  readonly bits: number;
  /** How many things gave their slot to an equal one with a higher number. */
  readonly replaced: number;

  constructor(count: number, hashes: Int32Array, areEqual: (a: number, b: number) => boolean) {
    let bits = 4;
    while (2 ** bits < 2 * count) bits++;
    const slots = new Int32Array(2 ** bits);
    const mask = slots.length - 1;
    let replaced = 0;
    for (let i = 0; i < count; i++) {
      const hash = hashes[i];
      const entry = (hash << bits) | (i + 1);
      let slot = hash >>> (32 - bits);
      for (let other = slots[slot]; other !== 0; other = slots[slot]) {
        if ((other ^ entry) >>> bits === 0 && areEqual((other & mask) - 1, i)) {
          replaced++;
          break;
        }
        slot = (slot + 1) & mask;
      }
      slots[slot] = entry;
    }
    this.slots = slots;
    this.bits = bits;
    this.replaced = replaced;
  }
}
