import type { ProjectionShape } from '../backend/shapes.js';
import { nextPowerOfTwo } from '../lookup-ffn/config.js';
import { type Bh4Sizes, bh4Activations, bh4Load, bh4Row, bh4RowGrad } from './bh4.js';
import { addInto, type Floats, type OptionalFloats } from './floats.js';
import { linear, linearGrad } from './linear.js';

// z = 0.7 BH4(x) + 0.3 repeat(x, R), cut to h*tau, plus bias; the share of x itself is a residual path that keeps the
// hash close to the input early in training. A dense projection is a plain linear layer.
const transformed = 0.7;
const passed = 0.3;

function bh4Sizes({ hidden, tables, bits, block, stages }: ProjectionShape): Bh4Sizes & { padded: number } {
  const padded = nextPowerOfTwo(hidden);
  return { hidden, block, stages, padded, repeats: Math.max(1, Math.ceil((tables * bits) / padded)) };
}

/** x `[rows, d]`, weight bh4 `[R, stages, n, b, b]` or dense `[h*tau, d]`, bias `[h*tau]`, z `[rows, h*tau]`. */
export function project(shape: ProjectionShape, x: Floats, weight: Floats, bias: Floats, z: Floats): void {
  const width = shape.tables * shape.bits;
  if (shape.projection === 'dense') {
    linear({ rows: shape.rows, in: shape.hidden, out: width }, x, weight, bias, z);
    return;
  }
  const sizes = bh4Sizes(shape);
  const { padded, stages, repeats } = sizes;
  const activations = bh4Activations(sizes);
  for (let r = 0; r < shape.rows; r++) {
    bh4Load(sizes, x, r, activations);
    for (let repeat = 0; repeat < repeats; repeat++) {
      bh4Row(sizes, repeat, weight, activations);
      const start = repeat * padded;
      const count = Math.min(padded, width - start);
      for (let p = 0; p < count; p++) {
        const mixed = transformed * activations[stages * padded + p] + passed * activations[p];
        z[r * width + start + p] = mixed + bias[start + p];
      }
    }
  }
}

/** dz `[rows, h*tau]`; what was cut off has no gradient. */
export function projectGrad(
  shape: ProjectionShape,
  x: Floats,
  weight: Floats,
  dz: Floats,
  dx: OptionalFloats,
  dweight: OptionalFloats,
  dbias: OptionalFloats,
): void {
  const { rows, hidden } = shape;
  const width = shape.tables * shape.bits;
  if (shape.projection === 'dense') {
    linearGrad({ rows, in: hidden, out: width }, x, weight, dz, dx, dweight, dbias);
    return;
  }
  const sizes = bh4Sizes(shape);
  const { padded, repeats } = sizes;
  const activations = bh4Activations(sizes);
  const gradient = new Float64Array(padded);
  const scratch = new Float64Array(padded);
  const input = new Float64Array(padded);
  const weightSums = dweight && new Float64Array(weight.length);
  const biasSums = new Float64Array(width);
  for (let r = 0; r < rows; r++) {
    bh4Load(sizes, x, r, activations);
    input.fill(0);
    for (let repeat = 0; repeat < repeats; repeat++) {
      bh4Row(sizes, repeat, weight, activations);
      const start = repeat * padded;
      const count = Math.min(padded, width - start);
      gradient.fill(0);
      for (let p = 0; p < count; p++) {
        const g = dz[r * width + start + p];
        gradient[p] = transformed * g;
        input[p] += passed * g;
        biasSums[start + p] += g;
      }
      bh4RowGrad(sizes, repeat, weight, activations, gradient, scratch, weightSums);
      for (let p = 0; p < padded; p++) input[p] += gradient[p];
    }
    if (dx) addInto(dx, r * hidden, input, hidden);
  }
  if (dweight && weightSums) addInto(dweight, 0, weightSums);
  if (dbias) addInto(dbias, 0, biasSums);
}
