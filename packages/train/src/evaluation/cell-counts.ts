import type { LookupFfnConfig } from '@lookupffn/core';

/** How one layer's tables are used by a sample of tokens. */
export interface LayerTableHealth {
  readonly layer: number;
  readonly tables: number;
  readonly cells: number;
  /** Share of cells that were some token's code. */
  readonly occupancy: number;
  /** exp(entropy of the codes) / cells, mean over tables: 1 when all cells are used alike. */
  readonly evenness: number;
  /** The busiest cell's share of tokens, largest over the tables. */
  readonly busiestCell: number;
  /** Code bits that were the same for every token. */
  readonly constantBits: number;
  /** Mean and standard deviation of the scores. */
  readonly score: { readonly mean: number; readonly deviation: number };
  /** How much the block's output varies from token to token, as a share of the hidden states that it is added to (RMS). */
  readonly outputShare: number;
}

function popcount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Counts the codes of one layer and sums up its outputs, batch after batch. */
export class CellCounts {
  readonly #tables: number;
  readonly #bits: number;
  readonly #hidden: number;
  /** `[tables, 2^bits]`. */
  readonly #counts: Uint32Array;
  #rows = 0;
  #sum = 0;
  #squares = 0;
  /** `[out]`: the outputs' sum over the tokens. */
  readonly #outputSum: Float64Array;
  #outputSquares = 0;
  #inputSquares = 0;

  constructor({ hidden, tables, bits, out }: LookupFfnConfig) {
    this.#tables = tables;
    this.#bits = bits;
    this.#hidden = hidden;
    this.#counts = new Uint32Array(tables * 2 ** bits);
    this.#outputSum = new Float64Array(out);
  }

  /** codes and scores `[rows, tables]`. */
  add(rows: number, codes: Int32Array, scores: Float32Array): void {
    const cells = 2 ** this.#bits;
    for (let i = 0; i < codes.length; i++) {
      this.#counts[(i % this.#tables) * cells + codes[i]!]!++;
      this.#sum += scores[i]!;
      this.#squares += scores[i]! * scores[i]!;
    }
    this.#rows += rows;
  }

  /** The hidden states `[rows, hidden]` that the block is given and its outputs `[rows, out]`. */
  addOutputs(x: Float32Array, y: Float32Array): void {
    const out = this.#outputSum.length;
    for (let i = 0; i < y.length; i++) {
      this.#outputSquares += y[i]! * y[i]!;
      this.#outputSum[i % out]! += y[i]!;
    }
    for (const value of x) this.#inputSquares += value * value;
  }

  health(layer: number): LayerTableHealth {
    const cells = 2 ** this.#bits;
    let used = 0;
    let evenness = 0;
    let busiest = 0;
    let constantBits = 0;
    for (let table = 0; table < this.#tables; table++) {
      let entropy = 0;
      let ever = 0;
      let always = cells - 1;
      for (let cell = 0; cell < cells; cell++) {
        const count = this.#counts[table * cells + cell]!;
        if (count === 0) continue;
        const share = count / this.#rows;
        used++;
        entropy -= share * Math.log(share);
        busiest = Math.max(busiest, share);
        ever |= cell;
        always &= cell;
      }
      evenness += Math.exp(entropy) / cells / this.#tables;
      constantBits += this.#bits - popcount(ever & ~always);
    }
    const scores = this.#rows * this.#tables;
    const mean = this.#sum / scores;
    // What is the same for every token is no work of the tables: the bias does that.
    const constant = this.#outputSum.reduce((sum, column) => sum + column * column, 0) / this.#rows;
    const varying = Math.max(0, this.#outputSquares - constant) / this.#outputSum.length;
    return {
      layer,
      tables: this.#tables,
      cells,
      occupancy: used / (this.#tables * cells),
      evenness,
      busiestCell: busiest,
      constantBits,
      score: { mean, deviation: Math.sqrt(Math.max(0, this.#squares / scores - mean * mean)) },
      outputShare: Math.sqrt(varying / (this.#inputSquares / this.#hidden)),
    };
  }
}
