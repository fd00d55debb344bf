import type { CrossEntropyShape } from '../backend/shapes.js';
import type { Floats } from './floats.js';

/** `log sum_i exp(x_i)` of one row, shifted by the largest. */
function logSumExp(x: Floats, at: number, size: number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < size; i++) if (x[at + i] > max) max = x[at + i];
  let sum = 0;
  for (let i = 0; i < size; i++) sum += Math.exp(x[at + i] - max);
  return max + Math.log(sum);
}

/** losses[r] = logSumExp(logits[r]) - logits[r, target]. logits `[rows, classes]`, targets and losses `[rows]`. */
export function crossEntropy(
  { rows, classes }: CrossEntropyShape,
  logits: Floats,
  targets: Int32Array,
  losses: Floats,
): void {
  for (let r = 0; r < rows; r++) {
    losses[r] = logSumExp(logits, r * classes, classes) - logits[r * classes + targets[r]];
  }
}

/** dlogits += dloss (softmax(logits) - onehot(target)). */
export function crossEntropyGrad(
  { rows, classes }: CrossEntropyShape,
  logits: Floats,
  targets: Int32Array,
  dlosses: Floats,
  dlogits: Floats,
): void {
  for (let r = 0; r < rows; r++) {
    const at = r * classes;
    const total = logSumExp(logits, at, classes);
    for (let i = 0; i < classes; i++) {
      const share = Math.exp(logits[at + i] - total) - (i === targets[r] ? 1 : 0);
      dlogits[at + i] += dlosses[r] * share;
    }
  }
}
