/** A cost by part and in all. */
export interface CostParts<Part extends string> {
  readonly parts: Readonly<Record<Part, number>>;
  readonly total: number;
}

/** What a feed-forward layer costs in one forward pass. */
export interface FfnCost<Part extends string = string> {
  /** Floating-point operations per token; a multiply-add is 2 (conventions 9). Biases and norms are not counted. */
  readonly flop: CostParts<Part>;
  /**
   * Bytes of weights read per token when nothing is left in a cache from the batch before. A batch of `tokens` reads
   * a dense weight once and shares it; a table row is read again for each token that hits it, up to once per row of
   * the table. Activations are left out.
   */
  readonly bytesRead: CostParts<Part>;
  /** Learned numbers. A norm before the layer is not counted. */
  readonly parameters: CostParts<Part>;
}

export function sumUp<Part extends string>(parts: Readonly<Record<Part, number>>): CostParts<Part> {
  return { parts, total: Object.values<number>(parts).reduce((sum, value) => sum + value, 0) };
}
