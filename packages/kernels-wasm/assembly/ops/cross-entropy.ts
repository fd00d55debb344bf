import { logPositive } from '../math/log';
import { rowExp, rowMax } from './softmax';

/** losses[i] = log(sum_j e^(x_ij - top)) - (x_it - top), in nats. Overwrites the logits. */
export function crossEntropy(rows: i32, classes: i32, logits: usize, targets: usize, losses: usize): void {
  const stride = usize(classes) << 2;
  for (let row = 0; row < rows; row++, logits += stride, targets += 4, losses += 4) {
    const top = rowMax(classes, logits);
    const at = f32.load(logits + (usize(i32.load(targets)) << 2));
    const sum = rowExp(classes, logits, top, 1, logits);
    f32.store(losses, f32(sum == sum ? logPositive(sum) - (f64(at) - f64(top)) : f64.NaN));
  }
}
