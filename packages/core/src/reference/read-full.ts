import type { Floats } from './floats.js';
import { sigmoid } from './sigmoid.js';
import type { TableRead } from './table-read.js';

/** For every cell i: `m_i = sum_j z_j S_ij` and `p_i = prod_j sigma(2 z_j S_ij)`, by doubling, one bit at a time. */
function allCells(z: Floats, zAt: number, bits: number): { sums: Float64Array; shares: Float64Array } {
  const sums = new Float64Array(2 ** bits);
  const shares = new Float64Array(2 ** bits);
  shares[0] = 1;
  for (let j = 0, known = 1; j < bits; j++, known *= 2) {
    const value = z[zAt + j];
    const one = sigmoid(2 * value);
    const zero = sigmoid(-2 * value);
    // Downwards, so that cell i's prefix is read before cells 2i and 2i+1 overwrite what stands there.
    for (let i = known - 1; i >= 0; i--) {
      const sum = sums[i];
      const share = shares[i];
      sums[2 * i + 1] = sum + value;
      shares[2 * i + 1] = share * one;
      sums[2 * i] = sum - value;
      shares[2 * i] = share * zero;
    }
  }
  return { sums, shares };
}

/** All 2^tau cells with weight `m_i p_i`, the structured softmax itself; the other reads are truncations of it. */
export const readFull: TableRead = {
  forward(z, zAt, bits, _score, cells, weights, at) {
    const { sums, shares } = allCells(z, zAt, bits);
    for (let i = 0; i < sums.length; i++) {
      cells[at + i] = i;
      weights[at + i] = sums[i] * shares[i];
    }
  },

  /** `dw_i/dz_j = S_ij p_i (1 + 2 m_i sigma(-2 z_j S_ij))`; smooth, with no sign of z in it. */
  backward(z, zAt, bits, _score, dweights, at, grad) {
    const { sums, shares } = allCells(z, zAt, bits);
    for (let j = 0; j < bits; j++) {
      const bit = 1 << (bits - 1 - j);
      const one = 2 * sigmoid(-2 * z[zAt + j]);
      const zero = 2 * sigmoid(2 * z[zAt + j]);
      let total = 0;
      for (let i = 0; i < sums.length; i++) {
        const g = dweights[at + i] * shares[i];
        total += i & bit ? g * (1 + sums[i] * one) : -g * (1 + sums[i] * zero);
      }
      grad.dz[j] += total;
    }
  },
};
