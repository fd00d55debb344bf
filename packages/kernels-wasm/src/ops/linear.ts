import type { ForwardOps } from '@lookupffn/core';
import { chunkRows } from '../memory/chunks.js';
import type { Engine } from '../memory/engine.js';
import { packOutputs, panelLayout, stagedOutputs } from './matrix.js';

/** Rows of a chunk share every pass over the weights: a larger budget than for operations that read rows once. */
export const LINEAR_CHUNK_BYTES = 2 ** 21;

/** Copies rows of `width` numbers at `at`, filled up panels cut off, to y. */
export function copyOut(
  engine: Engine,
  rows: number,
  at: number,
  width: number,
  size: number,
  y: Float32Array,
  first: number,
): void {
  // In place: every row moves towards the front.
  if (width !== size) engine.kernels.copyRows(rows, size * 4, at, width * 4, at, size * 4);
  y.set(engine.f32(at, rows * size), first * size);
}

export function linearOps(engine: Engine): Pick<ForwardOps, 'linear'> {
  const { kernels } = engine;
  return {
    /** The weights pass through once per chunk of rows, packed a few panels at a time. */
    linear(shape, x, weight, bias, y) {
      const { rows, in: k, out } = shape;
      const { width, stride } = panelLayout(engine, out, k);
      const group = stagedOutputs(engine, out, k);
      const chunk = chunkRows(rows, (k + width) * 4, LINEAR_CHUNK_BYTES);
      const [a, c, stage, packed] = engine.scratch(
        chunk * k * 4,
        chunk * width * 4,
        group * (k + 1) * 4,
        (group / kernels.panelWidth()) * stride,
      ) as [number, number, number, number];
      for (let first = 0; first < rows; first += chunk) {
        const count = Math.min(chunk, rows - first);
        engine.f32(a, count * k).set(x.subarray(first * k, (first + count) * k));
        for (let column = 0; column < out; column += group) {
          const outputs = Math.min(group, out - column);
          packOutputs(engine, k, weight, bias, column, outputs, stage, packed);
          const panels = Math.ceil(outputs / kernels.panelWidth());
          kernels.gemm(count, k, a, k * 4, packed, stride, panels, c + column * 4, width * 4, 0);
        }
        copyOut(engine, count, c, width, out, y, first);
      }
    },
  };
}
