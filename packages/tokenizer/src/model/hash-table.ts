import { pairHash } from './hash.js';
import { sameText, type Texts } from './texts.js';

/** Finds things, known by their numbers from 0 on, by their hashes: open addressing over one typed array. */
export interface HashTable {
  /** A thing's number + 1 in the lower `bits` bits (0: free), above it as many of its hash as fit, the lowest ones. */
  readonly slots: Int32Array;
  /** The upper so many bits of a hash are its slot. */
  readonly bits: number;
  /** How many things gave their slot to an equal one with a higher number. */
  readonly replaced: number;
}

/** How many bits the slots for so many things take: at most half of the slots are in use. */
export function bitsFor(count: number): number {
  let bits = 4;
  while (2 ** bits < 2 * count) bits++;
  return bits;
}

export function hashTable(hashes: Int32Array, areEqual: (a: number, b: number) => boolean): HashTable {
  const bits = bitsFor(hashes.length);
  const slots = new Int32Array(2 ** bits);
  const mask = slots.length - 1;
  let replaced = 0;
  for (let i = 0; i < hashes.length; i++) {
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
  return { slots, bits, replaced };
}

/** Finds texts. assembly/index-texts.ts does the same. */
export function indexTexts(texts: Texts): HashTable {
  return hashTable(texts.hashes, (a, b) => sameText(texts, a, texts, b));
}

/** Finds pairs of texts: pair i is texts `2 * i` and `2 * i + 1`. */
export function indexPairs(texts: Texts): HashTable {
  return hashTable(
    pairHashes(texts.hashes),
    (a, b) => sameText(texts, 2 * a, texts, 2 * b) && sameText(texts, 2 * a + 1, texts, 2 * b + 1),
  );
}

/** Of hashes `2 * i` and `2 * i + 1`, for each i. */
export function pairHashes(hashes: Int32Array): Int32Array {
  const ofPairs = new Int32Array(hashes.length / 2);
  for (let i = 0; i < ofPairs.length; i++) ofPairs[i] = pairHash(hashes[2 * i], hashes[2 * i + 1]);
  return ofPairs;
}
