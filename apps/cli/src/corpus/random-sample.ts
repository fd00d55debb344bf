import type { Random } from '@lookupffn/core';

/**
 * The first `most` of any number of items in a random order, without holding the others: each item has a random key, and
 * the smallest keys stay. For one seed a smaller sample is the beginning of a larger one.
 */
export class RandomSample<T> {
  readonly #random: Random;
  readonly #most: number;
  #kept: { readonly key: number; readonly item: T }[] = [];
  #limit = Number.POSITIVE_INFINITY;

  constructor(random: Random, most: number) {
    this.#random = random;
    this.#most = most;
  }

  /** `make` is called for items that have a chance only. */
  add(make: () => T): void {
    const key = this.#random.float();
    if (key >= this.#limit) return;
    this.#kept.push({ key, item: make() });
    // Sorted once for every `most` that are kept: sorting costs the logarithm of `most` an item.
    if (this.#kept.length >= 2 * this.#most) this.#cut();
  }

  items(): T[] {
    this.#cut();
    return this.#kept.map(({ item }) => item);
  }

  #cut(): void {
    this.#kept.sort((a, b) => a.key - b.key);
    this.#kept = this.#kept.slice(0, this.#most);
    if (this.#kept.length === this.#most) this.#limit = this.#kept.at(-1)!.key;
  }
}
