import type { Floats } from './floats.js';
import { codeAt, scoreAt, scoreGradAt } from './score.js';
import { sigmoid } from './sigmoid.js';
import type { TableRead } from './table-read.js';

/** The coordinate nearest its boundary, the first on a tie. A NaN never wins over a number, and 0 is always in range. */
function nearest(z: Floats, zAt: number, bits: number): number {
  let best = 0;
  for (let j = 1; j < bits; j++) if (Math.abs(z[zAt + j]) < Math.abs(z[zAt + best])) best = j;
  return best;
}

/**
 * Cells `[c, c']` with weights `[s (1-v), s v]`: c' flips the bit of smallest |z|, m is that |z| and
 * `v = sigma(-2 m / temperature)`, so that both weights are s/2 at the boundary and y has no jump there.
 */
export const readTwoCell: TableRead = {
  forward(z, zAt, bits, score, cells, weights, at) {
    const code = codeAt(z, zAt, bits);
    const flipped = nearest(z, zAt, bits);
    const s = scoreAt(z, zAt, bits, score);
    const slope = (2 * Math.abs(z[zAt + flipped])) / score.temperature;
    cells[at] = code;
    cells[at + 1] = code ^ (1 << (bits - 1 - flipped));
    weights[at] = s * sigmoid(slope);
    weights[at + 1] = s * sigmoid(-slope);
  },

  /** `dv/dm = -2/T v (1-v)`, `dv/dT = 2 m / T^2 v (1-v)`, `dm/dz = sign(z)` of the flipped coordinate alone. */
  backward(z, zAt, bits, score, dweights, at, grad) {
    const flipped = nearest(z, zAt, bits);
    const margin = Math.abs(z[zAt + flipped]);
    const slope = (2 * margin) / score.temperature;
    const near = sigmoid(slope);
    const far = sigmoid(-slope);
    scoreGradAt(z, zAt, bits, score, dweights[at] * near + dweights[at + 1] * far, grad);
    const s = scoreAt(z, zAt, bits, score);
    const dslope = -s * (dweights[at + 1] - dweights[at]) * near * far;
    grad.dz[flipped] += (dslope * 2 * Math.sign(z[zAt + flipped])) / score.temperature;
    grad.temperature -= (dslope * slope) / score.temperature;
  },
};
