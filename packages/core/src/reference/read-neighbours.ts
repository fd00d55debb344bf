import { codeAt, logShareAt, magnitudeAt } from './score.js';
import { sigmoid } from './sigmoid.js';
import type { TableRead } from './table-read.js';

/**
 * The code's cell and the tau cells one bit away: the terms of the structured softmax that LookupFFN truncates, with
 * its exact denominator. With `a = |z|`, `A = sum a`, `p = prod_j sigma(2 a_j)` (1/Z of the conventions) and
 * `e_j = exp(-2 a_j)`: weights `A p`, then `(A - 2 a_j) e_j p`, the most significant bit first.
 */
export const readNeighbours: TableRead = {
  forward(z, zAt, bits, _score, cells, weights, at) {
    const code = codeAt(z, zAt, bits);
    const magnitude = magnitudeAt(z, zAt, bits);
    const share = Math.exp(logShareAt(z, zAt, bits, 2));
    cells[at] = code;
    weights[at] = magnitude * share;
    for (let j = 0; j < bits; j++) {
      const a = Math.abs(z[zAt + j]);
      cells[at + 1 + j] = code ^ (1 << (bits - 1 - j));
      weights[at + 1 + j] = (magnitude - 2 * a) * Math.exp(-2 * a) * share;
    }
  },

  /**
   * With G the gradient of each weight, `S = G_0 A + sum_j G_j e_j (A - 2 a_j)` and `T = G_0 + sum_j G_j e_j`:
   * `da_i = p (T + 2 sigma(-2 a_i) S - 2 G_i e_i (1 + A - 2 a_i))`.
   */
  backward(z, zAt, bits, _score, dweights, at, grad) {
    const magnitude = magnitudeAt(z, zAt, bits);
    const share = Math.exp(logShareAt(z, zAt, bits, 2));
    let valueSum = dweights[at] * magnitude;
    let factorSum = dweights[at];
    for (let j = 0; j < bits; j++) {
      const a = Math.abs(z[zAt + j]);
      const term = dweights[at + 1 + j] * Math.exp(-2 * a);
      valueSum += term * (magnitude - 2 * a);
      factorSum += term;
    }
    for (let i = 0; i < bits; i++) {
      const a = Math.abs(z[zAt + i]);
      const own = 2 * dweights[at + 1 + i] * Math.exp(-2 * a) * (1 + magnitude - 2 * a);
      const da = share * (factorSum + 2 * sigmoid(-2 * a) * valueSum - own);
      grad.dz[i] += Math.sign(z[zAt + i]) * da;
    }
  },
};
