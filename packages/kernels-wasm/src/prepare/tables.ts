import type { LookupFfnConfig } from '@lookupffn/core';
import type { Engine } from '../memory/engine.js';

/** Outputs are worked on sixteen at a time: rows and sums are filled up to that. */
const COLUMNS = 16;

export interface PackedTables {
  readonly at: number;
  readonly bytes: number;
  readonly int8: boolean;
  /** Bytes of a row, and the numbers it is filled up to. */
  readonly rowBytes: number;
  readonly width: number;
  /** The scales of int8 rows, cells in the same order; 0 for f32. */
  readonly scales: number;
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
  const rowBytes = int8 ? width : width * 4;
  const cells = 2 ** bits;
  const scalesFrom = tables * cells * rowBytes;
  const bytes = scalesFrom + (int8 ? tables * cells * 4 : 0);
  const [stage] = engine.scratch(int8 ? out * 4 : 0) as [number];
  const at = engine.allocate(bytes);
  // A block may have held anything before; the filling must be plain zeros.
  if (width !== out) engine.u8(at, bytes).fill(0);
  const reversed = new Uint32Array(cells);
  for (let i = 1; i < cells; i++) reversed[i] = (reversed[i >> 1]! >> 1) | ((i & 1) << (bits - 1));
  for (let row = 0; row < tables * cells; row++) {
    const place = row - (row % cells) + reversed[row % cells]!;
    const to = at + place * rowBytes;
    const from = data.subarray(row * out, (row + 1) * out);
    engine.f32(int8 ? stage : to, out).set(from);
    if (int8) engine.kernels.quantizeRow(out, stage, to, at + scalesFrom + place * 4);
  }
  const scales = int8 ? at + scalesFrom : 0;
  return { at, bytes, int8, rowBytes, width, scales, free: () => engine.free(at) };
}
