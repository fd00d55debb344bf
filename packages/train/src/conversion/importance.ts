import type { RobertaConfig } from '@lookupffn/roberta';
import type { Pairs } from './pair-file.js';

/** A column that hardly varies would else count without bound: this share of the mean variance is added to each. */
export const leastShare = 0.05;

/**
 * What an error of each token's FFN output counts. The next layer reads `LN(x + FFN(x))`, which divides a row by the
 * standard deviation of `x + FFN(x)`. In MiniLM's first layer [CLS] has one fifteen times that of the others and 99% of
 * all squared outputs: a plain regression fits it and nothing else. So a row counts by 1 / variance. Pre-norm models
 * add the output to the residual as it is: 1.
 */
export function rowWeights({ norm }: Pick<RobertaConfig, 'norm'>, { rows, x, y }: Pairs): Float32Array {
  const weights = new Float32Array(rows).fill(1);
  if (norm === 'pre') return weights;
  const size = x.length / rows;
  for (let row = 0; row < rows; row++) {
    let [sum, squares] = [0, 0];
    for (let i = row * size; i < (row + 1) * size; i++) {
      const value = x[i]! + y[i]!;
      sum += value;
      squares += value * value;
    }
    weights[row] = 1 / Math.max(squares / size - (sum / size) ** 2, 1e-6);
  }
  return weights;
}
