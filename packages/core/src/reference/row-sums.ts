import type { Floats } from './floats.js';

/** Float64 sums for only those rows of a large table that a batch touches. */
export class RowSums {
  readonly #sums = new Map<number, Float64Array>();
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  /** Adds `scale * source[at .. at + size]` to the sum of `row`. */
  add(row: number, scale: number, source: Floats, at: number): void {
    let sum = this.#sums.get(row);
    if (!sum) {
      sum = new Float64Array(this.#size);
      this.#sums.set(row, sum);
    }
    for (let i = 0; i < sum.length; i++) sum[i] += scale * source[at + i];
  }

  /** Adds the sums into `table[base + row * size]`. */
  addTo(table: Floats, base: number): void {
    for (const [row, sum] of this.#sums) {
      const at = base + row * this.#size;
      for (let i = 0; i < sum.length; i++) table[at + i] += sum[i];
    }
  }
}
