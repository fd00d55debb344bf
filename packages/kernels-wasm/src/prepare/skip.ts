import type { LinearDtype, LookupFfnConfig, LookupFfnWeights } from '@lookupffn/core';
import type { Kernels } from '../kernels.js';
import type { Engine } from '../memory/engine.js';
import { multiply, packMatrix } from '../ops/matrix.js';
import { MOST_INT8_INPUTS, packMatrixInt8, SUM_BYTES } from './linear-int8.js';

/** The affine path beside a LookupFFN's tables. */
export interface Skip {
  readonly dtype: LinearDtype;
  readonly bytes: number;
  /** Scratch that `run` wants: of each row, and of each slice of rows that runs by itself. */
  readonly rowScratch: number;
  readonly sliceScratch: number;
  /** Rows of y become bias + x W^T; they have room for whole panels. */
  run(
    kernels: Kernels,
    rows: number,
    x: number,
    xStride: number,
    y: number,
    yStride: number,
    rowScratch: number,
    sliceScratch: number,
  ): void;
  free(): void;
}

/** The bias goes with the path, and the tables add to its result. */
export function packSkip(
  engine: Engine,
  { hidden, out }: LookupFfnConfig,
  weight: Float32Array,
  bias: LookupFfnWeights['bias'],
  asked: LinearDtype = 'f32',
): Skip {
  if (asked !== 'int8' || hidden > MOST_INT8_INPUTS) {
    const matrix = packMatrix(engine, out, hidden, weight, bias);
    return {
      dtype: 'f32',
      bytes: matrix.bytes,
      rowScratch: 0,
      sliceScratch: 0,
      run: (kernels, rows, x, xStride, y, yStride) => multiply(kernels, rows, matrix, x, xStride, y, yStride),
      free: matrix.free,
    };
  }
  const mode = engine.kernels.products();
  const { at, panels, bytes, free } = packMatrixInt8(engine, mode, out, hidden, weight, bias);
  const rowBytes = engine.kernels.int8RowBytes(hidden, mode);
  return {
    dtype: 'int8',
    bytes,
    rowScratch: rowBytes + 4,
    sliceScratch: SUM_BYTES,
    run(kernels, rows, x, xStride, y, yStride, quantized, sums) {
      const scales = quantized + rows * rowBytes;
      kernels.quantizeActivations(mode, rows, hidden, x, xStride, quantized, scales);
      kernels.gemmInt8(mode, rows, hidden, quantized, scales, at, panels, y, yStride, 0, sums);
    },
    free,
  };
}
