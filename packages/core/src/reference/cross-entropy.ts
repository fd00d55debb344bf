import type { CrossEntropyShape } from '../backend/shapes.js';
import type { Floats } from './floats.js';

/** The largest logit of one row, and the sum of all exponentials relative to it. */
function shifted(x: Floats, at: number, size: number): { max: number; sum: number } {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < size; i++) if (x[at + i] > max) max = x[at + i];
  let sum = 0;
  for (let i = 0; i < size; i++) sum += Math.exp(x[at + i] - max);
  return { max, sum };
}

/**
 * losses[r] = log sum exp(logits[r]) - logits[r, target]; the target is shifted too, so that large logits do not
 * swallow the logarithm. logits `[rows, classes]`, targets and losses `[rows]`.
 */
export function crossEntropy(
  { rows, classes }: CrossEntropyShape,
  logits: Floats,
  targets: Int32Array,
  losses: Floats,
): void {
  for (let r = 0; r < rows; r++) {
    const at = r * classes;
    const { max, sum } = shifted(logits, at, classes);
    losses[r] = Math.log(sum) - (logits[at + targets[r]] - max);
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
    const { max, sum } = shifted(logits, at, classes);
    for (let i = 0; i < classes; i++) {
      const share = Math.exp(logits[at + i] - max) / sum;
      dlogits[at + i] += dlosses[r] * (share - (i === targets[r] ? 1 : 0));
    }
  }
}
