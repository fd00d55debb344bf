import { codeAt, scoreAt, scoreGradAt } from './score.js';
import type { TableRead } from './table-read.js';

/** The code's cell with weight s (the paper's O(1) term). */
export const readSingle: TableRead = {
  forward(z, zAt, bits, score, cells, weights, at) {
    cells[at] = codeAt(z, zAt, bits);
    weights[at] = scoreAt(z, zAt, bits, score);
  },

  backward(z, zAt, bits, score, dweights, at, grad) {
    scoreGradAt(z, zAt, bits, score, dweights[at], grad);
  },
};
