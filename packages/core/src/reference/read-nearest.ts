import type { Floats } from './floats.js';
import { codeAt, scoreAt, scoreGradAt } from './score.js';
import type { TableRead } from './table-read.js';

/** The `count` coordinates nearest their boundaries, nearest first, the first of equals. A NaN never wins over a number. */
function nearest(z: Floats, zAt: number, bits: number, count: number): number[] {
  const found: number[] = [];
  while (found.length < Math.min(count, bits)) {
    let best = -1;
    for (let j = 0; j < bits; j++) {
      if (found.includes(j)) continue;
      if (best < 0 || Math.abs(z[zAt + j]) < Math.abs(z[zAt + best])) best = j;
    }
    found.push(best);
  }
  return found;
}

/** Shares of the code's cell and of those across the boundaries: the softmax of 0 and `-2 m / temperature`. */
function shares(margins: readonly number[], temperature: number): number[] {
  const powers = [1, ...margins.map((m) => Math.exp((-2 * m) / temperature))];
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

/**
 * The code's cell and `others` more, each of which flips one of the bits of smallest |z|: weights are the score, shared
 * out by the softmax of `-2 m / temperature`, where m is that |z|, and 0 for the code's own. With one other cell,
 * the two-cell read, its share is `sigma(-2 m / temperature)`: both weights are s/2 at the boundary, and y has no jump
 * there. More cells let more bits learn from a token; a table of fewer bits than `others` reads a cell for each bit.
 */
export const readNearest = (others: number): TableRead => ({
  forward(z, zAt, bits, score, cells, weights, at) {
    const code = codeAt(z, zAt, bits);
    const flipped = nearest(z, zAt, bits, others);
    const s = scoreAt(z, zAt, bits, score);
    const margins = flipped.map((j) => Math.abs(z[zAt + j]));
    for (const [i, share] of shares(margins, score.temperature).entries()) {
      cells[at + i] = i === 0 ? code : code ^ (1 << (bits - 1 - flipped[i - 1]!));
      weights[at + i] = s * share;
    }
  },

  /** For `p = softmax(l)`, `dL/dl_i = p_i (dL/dp_i - sum_k p_k dL/dp_k)`; l_i depends on its own coordinate and on T. */
  backward(z, zAt, bits, score, dweights, at, grad) {
    const flipped = nearest(z, zAt, bits, others);
    const margins = flipped.map((j) => Math.abs(z[zAt + j]));
    const p = shares(margins, score.temperature);
    const ds = p.reduce((sum, share, i) => sum + share * dweights[at + i], 0);
    scoreGradAt(z, zAt, bits, score, ds, grad);
    const s = scoreAt(z, zAt, bits, score);
    for (const [i, j] of flipped.entries()) {
      const dlogit = s * p[i + 1]! * (dweights[at + i + 1] - ds);
      grad.dz[j] -= (dlogit * 2 * Math.sign(z[zAt + j])) / score.temperature;
      grad.temperature += (dlogit * 2 * margins[i]!) / score.temperature ** 2;
    }
  },
});
