import type { LookupFfnConfig } from '@lookupffn/core';
import type { Engine } from '../memory/engine.js';

/** See assembly/ops/quantize.ts. */
const INT8_HEADER = 16;
/** Outputs are worked on sixteen at a time: rows and sums are filled up to that. */
const COLUMNS = 16;

export interface PackedTables {
  readonly at: number;
  readonly bytes: number;
  readonly int8: boolean;
  /** Bytes of a row, and the numbers it is filled up to. */
  readonly rowBytes: number;
  readonly width: number;
  free(): void;
}

/**
 * Tables in the module with their cells re-ordered: the kernels' code has coordinate j as bit j, the conventions' the
 * first coordinate as the most significant, so that a sign mask is the index with no bit to turn round.
 */
export function packTables(
  engine: Engine,
  { tables, bits, out }: LookupFfnConfig,
  data: Float32Array,
  int8: boolean,
): PackedTables {
  const width = Math.ceil(out / COLUMNS) * COLUMNS;
  const rowBytes = int8 ? INT8_HEADER + width : width * 4;
  const cells = 2 ** bits;
  const bytes = tables * cells * rowBytes;
  const [stage] = engine.scratch(int8 ? out * 4 : 0) as [number];
  const at = engine.allocate(bytes);
  // A block may have held anything before; the filling must be plain zeros.
  if (width !== out) engine.u8(at, bytes).fill(0);
  const reversed = new Uint32Array(cells);
  for (let i = 1; i < cells; i++) reversed[i] = (reversed[i >> 1]! >> 1) | ((i & 1) << (bits - 1));
  for (let row = 0; row < tables * cells; row++) {
    const to = at + (row - (row % cells) + reversed[row % cells]!) * rowBytes;
    const from = data.subarray(row * out, (row + 1) * out);
    engine.f32(int8 ? stage : to, out).set(from);
    if (int8) engine.kernels.quantizeRows(1, out, stage, out * 4, to, rowBytes);
  }
  return { at, bytes, int8, rowBytes, width, free: () => engine.free(at) };
}
