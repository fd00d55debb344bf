import type { ForwardOps } from '@lookupffn/core';
import { chunkRows } from '../memory/chunks.js';
import type { Engine } from '../memory/engine.js';
import { panelLayout } from './matrix.js';

export function attentionOps(engine: Engine): Pick<ForwardOps, 'attention'> {
  const { kernels } = engine;

  /** One sequence of `length` rows from `first`: for each head scores = q k^T, softmax, scores v, in the module. */
  function sequence(
    first: number,
    length: number,
    heads: number,
    size: number,
    [q, k, v, y]: readonly Float32Array[],
  ): void {
    const hidden = heads * size;
    const stride = hidden * 4;
    const bytes = length * stride;
    // k as a matrix [keys, size] and v as one [size, keys], both read in place by their strides.
    const keys = panelLayout(engine, length, size);
    const values = panelLayout(engine, size, length);
    const chunk = chunkRows(length, (keys.width + values.width) * 4);
    const [qAt, kAt, vAt, yAt, keysAt, valuesAt, scoresAt, headAt] = engine.scratch(
      bytes,
      bytes,
      bytes,
      bytes,
      keys.bytes,
      values.bytes,
      chunk * keys.width * 4,
      chunk * values.width * 4,
    ) as [number, number, number, number, number, number, number, number];
    for (const [at, array] of [
      [qAt, q!],
      [kAt, k!],
      [vAt, v!],
    ] as const) {
      engine.f32(at, length * hidden).set(array.subarray(first * hidden, (first + length) * hidden));
    }
    for (let head = 0; head < heads; head++) {
      const column = head * size * 4;
      kernels.pack(length, size, kAt + column, stride, 4, 0, keysAt);
      kernels.pack(size, length, vAt + column, 4, stride, 0, valuesAt);
      for (let row = 0; row < length; row += chunk) {
        const count = Math.min(chunk, length - row);
        const at = row * stride + column;
        kernels.gemm(
          count,
          size,
          qAt + at,
          stride,
          keysAt,
          keys.stride,
          keys.panels,
          scoresAt,
          keys.width * 4,
          0,
        );
        kernels.softmax(count, length, 1 / Math.sqrt(size), scoresAt, keys.width * 4);
        kernels.gemm(
          count,
          length,
          scoresAt,
          keys.width * 4,
          valuesAt,
          values.stride,
          values.panels,
          headAt,
          values.width * 4,
          0,
        );
        kernels.copyRows(count, size * 4, headAt, values.width * 4, yAt + at, stride);
      }
    }
    y!.set(engine.f32(yAt, length * hidden), first * hidden);
  }

  return {
    attention({ sequences, heads, headSize }, offsets, q, k, v, y) {
      for (let s = 0; s < sequences; s++) {
        const first = offsets[s]!;
        const length = offsets[s + 1]! - first;
        if (length > 0) sequence(first, length, heads, headSize, [q, k, v, y]);
      }
    },
  };
}
