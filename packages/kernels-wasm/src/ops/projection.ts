import { type ForwardOps, nextPowerOfTwo, type ProjectionShape } from '@lookupffn/core';
import type { Kernels } from '../kernels.js';
import { chunkRows } from '../memory/chunks.js';
import type { Engine } from '../memory/engine.js';
import { multiply, packMatrix } from './matrix.js';

/** The share of the transform in z; the rest is x itself (conventions 3). */
const TRANSFORMED = 0.7;

type Sizes = Omit<ProjectionShape, 'rows'>;

/** Packed BH4 stages of every repeat. */
interface PackedBh4 {
  readonly at: number;
  readonly bytes: number;
  /** Width of a merged block; see assembly/ops/bh4.ts. */
  readonly merged: number;
  readonly repeatBytes: number;
  /** Numbers from one row of a buffer to the next: P, and room for a whole panel. */
  readonly width: number;
  free(): void;
}

/** `scale` multiplies what each repeat gives. weight `[R, stages, n, b, b]`. */
function packBh4(
  engine: Engine,
  padded: number,
  { block, stages }: { block: number; stages: number },
  repeats: number,
  scale: number,
  weight: Float32Array,
): PackedBh4 {
  const { kernels } = engine;
  const columns = kernels.panelWidth();
  const merged = kernels.bh4Block(padded, block);
  const stageBytes = (padded / merged) * Math.ceil(merged / columns) * (merged + 1) * columns * 4;
  const stageFloats = padded * block;
  const bytes = repeats * stages * stageBytes;
  const [stage, fold] = engine.scratch(stageFloats * 4, kernels.bh4FoldBytes(merged)) as [number, number];
  const at = engine.allocate(bytes);
  for (let i = 0; i < repeats * stages; i++) {
    engine.f32(stage, stageFloats).set(weight.subarray(i * stageFloats, (i + 1) * stageFloats));
    const last = i % stages === stages - 1;
    kernels.packBh4(padded, block, merged, last ? scale : 1, stage, fold, at + i * stageBytes);
  }
  const width = Math.max(padded, columns);
  return { at, bytes, merged, repeatBytes: stages * stageBytes, width, free: () => engine.free(at) };
}

/** A projection whose weights are in the module. */
export interface PackedProjection {
  readonly bytes: number;
  /** Numbers from one row of z to the next. */
  readonly zWidth: number;
  /** Bytes of scratch a row needs beside x and z. */
  readonly scratchPerRow: number;
  /** z of `rows` rows of x; xStride in bytes, `scratch` at least rows * scratchPerRow bytes. */
  run(kernels: Kernels, rows: number, x: number, xStride: number, z: number, scratch: number): void;
  free(): void;
}

function packDense(engine: Engine, sizes: Sizes, weight: Float32Array, bias: Float32Array): PackedProjection {
  const matrix = packMatrix(engine, sizes.tables * sizes.bits, sizes.hidden, weight, bias);
  return {
    bytes: matrix.bytes,
    zWidth: matrix.width,
    scratchPerRow: 0,
    run: (kernels, rows, x, xStride, z) => multiply(kernels, rows, matrix, x, xStride, z, matrix.width * 4),
    free: matrix.free,
  };
}

export function packProjection(
  engine: Engine,
  sizes: Sizes,
  weight: Float32Array,
  bias: Float32Array,
): PackedProjection {
  if (sizes.projection === 'dense') return packDense(engine, sizes, weight, bias);
  const { hidden, stages } = sizes;
  const codeBits = sizes.tables * sizes.bits;
  const padded = nextPowerOfTwo(hidden);
  const repeats = Math.max(1, Math.ceil(codeBits / padded));
  const packed = packBh4(engine, padded, sizes, repeats, TRANSFORMED, weight);
  let biasAt: number;
  try {
    biasAt = engine.allocate(codeBits * 4);
  } catch (error) {
    packed.free();
    throw error;
  }
  engine.f32(biasAt, codeBits).set(bias);
  const stride = packed.width * 4;
  return {
    bytes: packed.bytes + codeBits * 4,
    zWidth: codeBits,
    scratchPerRow: 2 * stride,
    run(own, rows, x, xStride, z, scratch) {
      const second = scratch + rows * stride;
      // The stages write to the two buffers in turn.
      const product = stages % 2 === 1 ? scratch : second;
      for (let repeat = 0; repeat < repeats; repeat++) {
        const weights = packed.at + repeat * packed.repeatBytes;
        own.bh4(rows, hidden, padded, packed.merged, stages, weights, x, xStride, scratch, second, stride);
        const from = repeat * padded;
        const count = Math.min(padded, codeBits - from);
        const [biasFrom, zFrom] = [biasAt + from * 4, z + from * 4];
        own.finishProjection(rows, count, hidden, product, stride, x, xStride, biasFrom, zFrom, codeBits * 4);
      }
    },
    free() {
      packed.free();
      engine.free(biasAt);
    },
  };
}

/** The projections with weights given at each call: packed, used and let go. */
export function projectionOps(engine: Engine): Pick<ForwardOps, 'bh4' | 'project'> {
  const { kernels } = engine;
  return {
    bh4({ rows, hidden, block, stages, repeats }, x, weight, y) {
      const padded = nextPowerOfTwo(hidden);
      const packed = packBh4(engine, padded, { block, stages }, repeats, 1, weight);
      try {
        const stride = packed.width * 4;
        const chunk = chunkRows(rows, hidden * 4 + 2 * stride + repeats * padded * 4);
        const [input, first, second, output] = engine.scratch(
          chunk * hidden * 4,
          chunk * stride,
          chunk * stride,
          chunk * repeats * padded * 4,
        ) as [number, number, number, number];
        for (let from = 0; from < rows; from += chunk) {
          const count = Math.min(chunk, rows - from);
          engine.f32(input, count * hidden).set(x.subarray(from * hidden, (from + count) * hidden));
          for (let repeat = 0; repeat < repeats; repeat++) {
            const weights = packed.at + repeat * packed.repeatBytes;
            kernels.bh4(
              count,
              hidden,
              padded,
              packed.merged,
              stages,
              weights,
              input,
              hidden * 4,
              first,
              second,
              stride,
            );
            const product = stages % 2 === 1 ? first : second;
            const to = output + repeat * padded * 4;
            kernels.copyRows(count, padded * 4, product, stride, to, repeats * padded * 4);
          }
          y.set(engine.f32(output, count * repeats * padded), from * repeats * padded);
        }
      } finally {
        packed.free();
      }
    },

    project(shape, x, weight, bias, z) {
      const { rows, hidden } = shape;
      const codeBits = shape.tables * shape.bits;
      const packed = packProjection(engine, shape, weight, bias);
      try {
        const chunk = chunkRows(rows, (hidden + packed.zWidth) * 4 + packed.scratchPerRow);
        const [input, output, scratch] = engine.scratch(
          chunk * hidden * 4,
          chunk * packed.zWidth * 4,
          chunk * packed.scratchPerRow,
        ) as [number, number, number];
        for (let from = 0; from < rows; from += chunk) {
          const count = Math.min(chunk, rows - from);
          engine.f32(input, count * hidden).set(x.subarray(from * hidden, (from + count) * hidden));
          packed.run(kernels, count, input, hidden * 4, output, scratch);
          if (packed.zWidth !== codeBits) {
            kernels.copyRows(count, codeBits * 4, output, packed.zWidth * 4, output, codeBits * 4);
          }
          z.set(engine.f32(output, count * codeBits), from * codeBits);
        }
      } finally {
        packed.free();
      }
    },
  };
}
