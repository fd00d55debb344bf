import type { PrepareOps } from '@lookupffn/core';
import { chunkRows } from '../memory/chunks.js';
import type { Engine } from '../memory/engine.js';
import { copyOut, LINEAR_CHUNK_BYTES } from '../ops/linear.js';
import { overPanels, packMatrix } from '../ops/matrix.js';
import { MOST_INT8_INPUTS, prepareLinearInt8 } from './linear-int8.js';

/** Dense weights, packed once, as f32 or int8. */
export function prepareLinear(engine: Engine): PrepareOps['linear'] {
  return (options, weight, bias) => {
    const { in: k, out, activation, dtype } = options;
    if (dtype === 'int8' && k <= MOST_INT8_INPUTS) return prepareLinearInt8(engine, options, weight, bias);
    const matrix = packMatrix(engine, out, k, weight, bias);
    const { width, at, panels, stride } = matrix;
    const columns = engine.kernels.panelWidth();
    return {
      bytes: matrix.bytes,
      dtype: 'f32',
      forward(rows, x, y) {
        const chunk = chunkRows(rows, (k + width) * 4, LINEAR_CHUNK_BYTES);
        const [a, c] = engine.scratch(chunk * k * 4, chunk * width * 4) as [number, number];
        for (let first = 0; first < rows; first += chunk) {
          const count = Math.min(chunk, rows - first);
          engine.f32(a, count * k).set(x.subarray(first * k, (first + count) * k));
          const gelu = activation === 'gelu' ? 1 : 0;
          overPanels(engine, count * k * out, panels, (kernels, panel, some) => {
            const packed = at + panel * stride;
            const to = c + panel * columns * 4;
            kernels.gemm(count, k, a, k * 4, packed, stride, some, to, width * 4, gelu);
          });
          copyOut(engine, count, c, width, out, y, first);
        }
      },
      dispose: matrix.free,
    };
  };
}
