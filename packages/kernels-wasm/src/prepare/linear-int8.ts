import type { LinearOptions, PreparedLinear } from '@lookupffn/core';
import { chunkRows } from '../memory/chunks.js';
import type { Engine } from '../memory/engine.js';
import { copyOut, LINEAR_CHUNK_BYTES } from '../ops/linear.js';
import { overPanels, panelSlices, stagedOutputs } from '../ops/matrix.js';

/** Columns of a panel of int8; see assembly/ops/linear-int8.ts. */
const COLUMNS = 8;
/** Four rows of sums of a panel. */
export const SUM_BYTES = 128;
/** Sums of more products than this may not fit int32: 127 * 127 * 2^17 < 2^31. */
export const MOST_INT8_INPUTS = 2 ** 17;

/** Copies weight `[out, k]` into a block of its own as panels of int8, a few at a time. */
export function packMatrixInt8(
  engine: Engine,
  mode: number,
  out: number,
  k: number,
  weight: Float32Array,
  bias: Float32Array | null,
) {
  const { kernels } = engine;
  const panels = Math.ceil(out / COLUMNS);
  const stride = kernels.int8PanelBytes(k);
  const group = Math.ceil(stagedOutputs(engine, out, k) / COLUMNS) * COLUMNS;
  const [stage, biasAt] = engine.scratch(group * k * 4, group * 4) as [number, number];
  const at = engine.allocate(panels * stride);
  for (let first = 0; first < out; first += group) {
    const count = Math.min(group, out - first);
    engine.f32(stage, count * k).set(weight.subarray(first * k, (first + count) * k));
    if (bias) engine.f32(biasAt, count).set(bias.subarray(first, first + count));
    kernels.packInt8(mode, count, k, stage, bias ? biasAt : 0, at + (first / COLUMNS) * stride);
  }
  return { at, panels, stride, bytes: panels * stride, free: () => engine.free(at) };
}

/**
 * Dense weights as int8 with one step a column, inputs as int8 with one step a row, chosen anew at every call; sums are
 * exact, so every module and every batch gives the same bits but for the rounding of the last multiply-add.
 */
export function prepareLinearInt8(
  engine: Engine,
  { in: k, out, activation }: LinearOptions,
  weight: Float32Array,
  bias: Float32Array | null,
): PreparedLinear {
  const { kernels } = engine;
  const mode = kernels.products();
  const matrix = packMatrixInt8(engine, mode, out, k, weight, bias);
  const width = matrix.panels * COLUMNS;
  const rowBytes = kernels.int8RowBytes(k, mode);
  const gelu = activation === 'gelu' ? 1 : 0;
  return {
    bytes: matrix.bytes,
    dtype: 'int8',
    forward(rows, x, y) {
      const chunk = chunkRows(rows, k * 4 + rowBytes + 4 + width * 4, LINEAR_CHUNK_BYTES);
      const [input, quantized, scales, c, sums] = engine.scratch(
        chunk * k * 4,
        chunk * rowBytes,
        chunk * 4,
        chunk * width * 4,
        SUM_BYTES * panelSlices(engine, chunk * k * out, matrix.panels),
      ) as [number, number, number, number, number];
      for (let first = 0; first < rows; first += chunk) {
        const count = Math.min(chunk, rows - first);
        engine.f32(input, count * k).set(x.subarray(first * k, (first + count) * k));
        kernels.quantizeActivations(mode, count, k, input, k * 4, quantized, scales);
        overPanels(engine, count * k * out, matrix.panels, (own, panel, some, slice) => {
          const packed = matrix.at + panel * matrix.stride;
          const to = c + panel * COLUMNS * 4;
          const at = sums + slice * SUM_BYTES;
          own.gemmInt8(mode, count, k, quantized, scales, packed, some, to, width * 4, gelu, at);
        });
        copyOut(engine, count, c, width, out, y, first);
      }
    },
    dispose: matrix.free,
  };
}
