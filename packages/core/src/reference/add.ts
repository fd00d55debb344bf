import type { FlatShape } from '../backend/shapes.js';
import type { Floats } from './floats.js';

/** y = a + b. Its gradient is dy for both, so there is no backward operation. */
export function add({ size }: FlatShape, a: Floats, b: Floats, y: Floats): void {
  for (let i = 0; i < size; i++) y[i] = a[i] + b[i];
}
