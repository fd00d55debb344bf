import { LookupFfnError } from './errors.js';

const mask64 = (1n << 64n) - 1n;

/** One step of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014). */
function splitmix64(state: bigint): { state: bigint; value: bigint } {
  const next = (state + 0x9e3779b97f4a7c15n) & mask64;
  let z = next;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask64;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask64;
  return { state: next, value: z ^ (z >> 31n) };
}

/** FNV-1a over UTF-16 code units, 64 bits: only has to tell labels apart, splitmix64 does the mixing. */
function hashLabel(label: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < label.length; i++) {
    hash = ((hash ^ BigInt(label.charCodeAt(i))) * 0x100000001b3n) & mask64;
  }
  return hash;
}

/**
 * Natural logarithm of x in (0, 1) from additions, products and one division. Engines may round Math.log as they
 * please; the same seed must give the same weights on all of them. Series of 2 atanh(s), |s| < 0.172: error < 1e-16.
 */
function portableLog(x: number): number {
  let exponent = 0;
  let m = x;
  while (m < Math.SQRT1_2) {
    m *= 2;
    exponent++;
  }
  const s = (m - 1) / (m + 1);
  const s2 = s * s;
  let sum = 0;
  for (let k = 21; k >= 1; k -= 2) sum = sum * s2 + 1 / k;
  return 2 * s * sum - exponent * Math.LN2;
}

/**
 * Seedable random numbers, the same on every platform: xoshiro128** 1.1 (Blackman and Vigna, Scrambled linear
 * pseudorandom number generators, ACM TOMS 2021), its state filled by splitmix64. Not for secrets.
 */
export class Random {
  private readonly words = new Uint32Array(4);
  /** The polar method makes normals in pairs; NaN when none is waiting. */
  private spare = Number.NaN;

  /** Any whole number; a bigint is taken modulo 2^64. Throws `INVALID_ARGUMENT` for a fraction. */
  constructor(seed: number | bigint) {
    if (typeof seed !== 'bigint' && !Number.isSafeInteger(seed)) {
      throw new LookupFfnError('INVALID_ARGUMENT', `A random seed must be a whole number; got ${seed}.`, {
        seed,
      });
    }
    let state = BigInt(seed) & mask64;
    for (let i = 0; i < 4; i += 2) {
      const step = splitmix64(state);
      state = step.state;
      this.words[i] = Number(step.value & 0xffffffffn);
      this.words[i + 1] = Number(step.value >> 32n);
    }
  }

  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number {
    const s = this.words;
    const scrambled = Math.imul(s[1]!, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const t = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = (s[3]! << 11) | (s[3]! >>> 21);
    return result;
  }

  /** Uniform in [0, 1) with 53 bits; note that rounding it to float32 can give 1. */
  float(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** A whole number from 0 to n - 1, each equally likely; n from 1 to 2^32. */
  below(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) {
      throw new LookupFfnError(
        'INVALID_ARGUMENT',
        `Random.below(${n}): n must be a whole number from 1 to 2^32.`,
        {
          n,
        },
      );
    }
    // Numbers past the last whole multiple of n would favour the small results: draw again.
    const limit = 2 ** 32 - (2 ** 32 % n);
    let value = this.uint32();
    while (value >= limit) value = this.uint32();
    return value % n;
  }

  /** Normal with mean 0 and variance 1 (Marsaglia's polar method). */
  normal(): number {
    if (!Number.isNaN(this.spare)) {
      const value = this.spare;
      this.spare = Number.NaN;
      return value;
    }
    let u = 0;
    let v = 0;
    let r = 0;
    do {
      u = this.uint32() / 2 ** 31 - 1;
      v = this.uint32() / 2 ** 31 - 1;
      r = u * u + v * v;
    } while (r >= 1 || r === 0);
    const scale = Math.sqrt((-2 * portableLog(r)) / r);
    this.spare = v * scale;
    return u * scale;
  }

  /** Shuffles in place (Fisher and Yates), every order equally likely; returns the array. */
  shuffle<T extends { length: number; [index: number]: unknown }>(array: T): T {
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const value = array[i];
      array[i] = array[j];
      array[j] = value;
    }
    return array;
  }

  /**
   * A stream of its own, made of the present state and the label; this one does not move. The same label at the same
   * state gives the same stream; the labels 1 and '1' give different ones.
   */
  fork(label: string | number): Random {
    let seed = hashLabel(typeof label === 'number' ? `#${label}` : `"${label}`);
    for (const word of this.words) seed = splitmix64(seed ^ BigInt(word)).value;
    return new Random(seed);
  }

  /** Four words, and a fifth number when a normal is waiting; survives JSON. */
  getState(): number[] {
    return Number.isNaN(this.spare) ? [...this.words] : [...this.words, this.spare];
  }

  /** Goes on exactly where `getState` was taken. Throws `INVALID_ARGUMENT` for anything else. */
  static fromState(state: readonly number[]): Random {
    const words = Array.isArray(state) ? state.slice(0, 4) : [];
    const valid =
      (state.length === 4 || (state.length === 5 && Number.isFinite(state[4]))) &&
      words.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32) &&
      words.some((word) => word !== 0);
    if (!valid) {
      throw new LookupFfnError(
        'INVALID_ARGUMENT',
        'Not the state of a Random: four 32-bit words, not all 0, and at most one waiting normal.',
      );
    }
    const random = new Random(0);
    random.words.set(words);
    random.spare = state[4] ?? Number.NaN;
    return random;
  }
}
