import type { ForwardOps } from '@lookupffn/core';
import { chunkRows } from '../memory/chunks.js';
import type { Engine } from '../memory/engine.js';
import { panelLayout } from './matrix.js';

/** Shorter sequences are over before a thread has been woken. */
const LEAST_SHARED = 32;

export function attentionOps(engine: Engine): Pick<ForwardOps, 'attention'> {
  /**
   * One sequence of `length` rows from `first`: for each head scores = q k^T, softmax, scores v, in the module. Threads
   * share the heads.
   */
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
    const slices = length < LEAST_SHARED ? 1 : Math.min(heads, engine.threads);
    const [qAt, kAt, vAt, yAt, packedAt, productsAt] = engine.scratch(
      bytes,
      bytes,
      bytes,
      bytes,
      slices * (keys.bytes + values.bytes),
      slices * chunk * (keys.width + values.width) * 4,
    ) as [number, number, number, number, number, number];
    for (const [at, array] of [
      [qAt, q!],
      [kAt, k!],
      [vAt, v!],
    ] as const) {
      engine.f32(at, length * hidden).set(array.subarray(first * hidden, (first + length) * hidden));
    }
    engine.parallel(slices, (kernels, slice) => {
      const keysAt = packedAt + slice * (keys.bytes + values.bytes);
      const valuesAt = keysAt + keys.bytes;
      const scoresAt = productsAt + slice * chunk * (keys.width + values.width) * 4;
      const headAt = scoresAt + chunk * keys.width * 4;
      const begin = Math.floor((slice * heads) / slices);
      const end = Math.floor(((slice + 1) * heads) / slices);
      for (let head = begin; head < end; head++) {
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
    });
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
