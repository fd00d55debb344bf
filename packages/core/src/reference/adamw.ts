import type { AdamWShape } from '../backend/shapes.js';
import type { Floats } from './floats.js';

/** One step of Algorithm 2 of arXiv 1711.05101 (decoupled decay, schedule inside the rate), in place. */
export function adamw(shape: AdamWShape, parameter: Floats, gradient: Floats, m: Floats, v: Floats): void {
  const { size, learningRate, beta1, beta2, epsilon, weightDecay, step, gradientScale } = shape;
  const correction1 = 1 - beta1 ** step;
  const correction2 = 1 - beta2 ** step;
  for (let i = 0; i < size; i++) {
    const g = gradientScale * gradient[i];
    const first = beta1 * m[i] + (1 - beta1) * g;
    const second = beta2 * v[i] + (1 - beta2) * g * g;
    m[i] = first;
    v[i] = second;
    const update = first / correction1 / (Math.sqrt(second / correction2) + epsilon);
    parameter[i] -= learningRate * (update + weightDecay * parameter[i]);
  }
}
