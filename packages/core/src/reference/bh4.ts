import type { Bh4Shape } from '../backend/shapes.js';
import { nextPowerOfTwo } from '../lookup-ffn/config.js';
import { addInto, type Floats, type OptionalFloats } from './floats.js';
import { hadamardInPlace } from './hadamard.js';

// BH4 (LookupFFN, arXiv 2403.07221, section 4): `stages` times a block-diagonal product, then a Hadamard transform.
// One row and one repeat at a time stay in float64 from end to end; `project` builds on the same two functions.

export type Bh4Sizes = Omit<Bh4Shape, 'rows'>;

/** Activations of one row: `[stages + 1, P]`, the padded input first, the output last. */
export function bh4Activations({ hidden, stages }: Bh4Sizes): Float64Array {
  return new Float64Array((stages + 1) * nextPowerOfTwo(hidden));
}

/** Copies row `r` of x `[rows, d]` into the first P activations; the padding stays zero. */
export function bh4Load({ hidden }: Bh4Sizes, x: Floats, r: number, activations: Float64Array): void {
  for (let i = 0; i < hidden; i++) activations[i] = x[r * hidden + i];
}

/**
 * Fills the activations of every stage from the first P.
 * Stage j: `a_j+1[n, o] = H (sum_i W[r, j, n, o, i] * a_j[n, i])`. weight `[R, stages, n, b, b]`.
 */
export function bh4Row(
  { hidden, block, stages }: Bh4Sizes,
  repeat: number,
  weight: Floats,
  activations: Float64Array,
): void {
  const padded = nextPowerOfTwo(hidden);
  for (let j = 0; j < stages; j++) {
    const from = j * padded;
    const to = from + padded;
    let w = (repeat * stages + j) * padded * block;
    for (let p = 0; p < padded; p++) {
      const start = from + p - (p % block);
      let sum = 0;
      for (let i = 0; i < block; i++) sum += weight[w++] * activations[start + i];
      activations[to + p] = sum;
    }
    hadamardInPlace(activations, to, padded);
  }
}

/**
 * From the gradient of the output to that of the padded input, in place in `gradient` `[P]`; H^T = H, then
 * `dW[n, o, i] += g[n, o] a[n, i]` and `da[n, i] = sum_o W[n, o, i] g[n, o]`. `scratch` `[P]`.
 */
export function bh4RowGrad(
  { hidden, block, stages }: Bh4Sizes,
  repeat: number,
  weight: Floats,
  activations: Float64Array,
  gradient: Float64Array,
  scratch: Float64Array,
  dweight: Float64Array | null,
): void {
  const padded = nextPowerOfTwo(hidden);
  for (let j = stages - 1; j >= 0; j--) {
    const from = j * padded;
    hadamardInPlace(gradient, 0, padded);
    scratch.fill(0);
    const stage = (repeat * stages + j) * padded * block;
    for (let p = 0; p < padded; p++) {
      const start = p - (p % block);
      const w = stage + p * block;
      const g = gradient[p];
      for (let i = 0; i < block; i++) {
        scratch[start + i] += weight[w + i] * g;
        if (dweight) dweight[w + i] += g * activations[from + start + i];
      }
    }
    gradient.set(scratch);
  }
}

/** x `[rows, d]`, weight `[R, stages, n, b, b]`, y `[rows, R*P]`. */
export function bh4(shape: Bh4Shape, x: Floats, weight: Floats, y: Floats): void {
  const padded = nextPowerOfTwo(shape.hidden);
  const activations = bh4Activations(shape);
  const output = shape.stages * padded;
  for (let r = 0; r < shape.rows; r++) {
    bh4Load(shape, x, r, activations);
    for (let repeat = 0; repeat < shape.repeats; repeat++) {
      bh4Row(shape, repeat, weight, activations);
      const to = (r * shape.repeats + repeat) * padded;
      for (let p = 0; p < padded; p++) y[to + p] = activations[output + p];
    }
  }
}

/** dy `[rows, R*P]`; dx, dweight as x, weight. The stages are computed again instead of being kept. */
export function bh4Grad(
  shape: Bh4Shape,
  x: Floats,
  weight: Floats,
  dy: Floats,
  dx: OptionalFloats,
  dweight: OptionalFloats,
): void {
  const { rows, hidden, repeats } = shape;
  const padded = nextPowerOfTwo(hidden);
  const activations = bh4Activations(shape);
  const gradient = new Float64Array(padded);
  const scratch = new Float64Array(padded);
  const input = new Float64Array(padded);
  const weightSums = dweight && new Float64Array(weight.length);
  for (let r = 0; r < rows; r++) {
    bh4Load(shape, x, r, activations);
    input.fill(0);
    for (let repeat = 0; repeat < repeats; repeat++) {
      bh4Row(shape, repeat, weight, activations);
      const from = (r * repeats + repeat) * padded;
      for (let p = 0; p < padded; p++) gradient[p] = dy[from + p];
      bh4RowGrad(shape, repeat, weight, activations, gradient, scratch, weightSums);
      for (let p = 0; p < padded; p++) input[p] += gradient[p];
    }
    if (dx) addInto(dx, r * hidden, input, hidden);
  }
  if (dweight && weightSums) addInto(dweight, 0, weightSums);
}
