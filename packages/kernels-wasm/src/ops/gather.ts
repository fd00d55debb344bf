import type { ForwardOps } from '@lookupffn/core';
import { chunkRows } from '../memory/chunks.js';
import type { Engine } from '../memory/engine.js';

/** Table rows copied into the module at a time. */
const STAGED_BYTES = 2 ** 21;

/** Rows of one table that have been copied in; the tables themselves may be far larger than what a batch reads. */
function createStage(
  engine: Engine,
  at: number,
  capacity: number,
  width: number,
  size: number,
  cells: number,
) {
  const slotOf = new Int32Array(cells).fill(-1);
  const held: number[] = [];
  return {
    clear() {
      for (const cell of held) slotOf[cell] = -1;
      held.length = 0;
    },
    /** Address of the table's row `cell`, or 0 when the stage is full. */
    address(tables: Float32Array, tableAt: number, cell: number): number {
      let slot = slotOf[cell]!;
      if (slot < 0) {
        if (held.length === capacity) return 0;
        slot = held.push(cell) - 1;
        slotOf[cell] = slot;
        const from = tableAt + cell * size;
        engine.f32(at + slot * width * 4, size).set(tables.subarray(from, from + size));
      }
      return at + slot * width * 4;
    },
  };
}

export function gatherOps(engine: Engine): Pick<ForwardOps, 'gather'> {
  const { kernels } = engine;
  return {
    /** Table by table, so that a row read by many inputs is copied once; each output still adds in table order. */
    gather({ rows, tables, bits, cells, out }, cellIds, weights, tableData, bias, y) {
      const width = Math.ceil(out / 4) * 4;
      const tableCells = 2 ** bits;
      const chunk = chunkRows(rows, width * 4);
      const capacity = Math.max(
        1,
        Math.min(tableCells, chunk * cells, Math.floor(STAGED_BYTES / (width * 4))),
      );
      const [yAt, stageAt, addressesAt, weightsAt] = engine.scratch(
        chunk * width * 4,
        capacity * width * 4,
        cells * 4,
        cells * 4,
      ) as [number, number, number, number];
      // The columns past `out` are never read back, but what lies there must not slow the sums (denormals, NaN).
      engine.f32(stageAt, capacity * width).fill(0);
      const stage = createStage(engine, stageAt, capacity, width, out, tableCells);
      for (let first = 0; first < rows; first += chunk) {
        const count = Math.min(chunk, rows - first);
        const sums = engine.f32(yAt, count * width).fill(0);
        if (bias) for (let r = 0; r < count; r++) sums.set(bias, r * width);
        for (let k = 0; k < tables; k++) {
          const tableAt = k * tableCells * out;
          stage.clear();
          for (let r = 0; r < count; r++) {
            const listAt = ((first + r) * tables + k) * cells;
            const addresses = engine.i32(addressesAt, cells);
            const listed = engine.f32(weightsAt, cells);
            let n = 0;
            for (let c = 0; c < cells; c++) {
              let address = stage.address(tableData, tableAt, cellIds[listAt + c]!);
              if (address === 0) {
                kernels.gatherRows(n, addressesAt, weightsAt, width, yAt + r * width * 4);
                n = 0;
                stage.clear();
                address = stage.address(tableData, tableAt, cellIds[listAt + c]!);
              }
              addresses[n] = address;
              listed[n++] = weights[listAt + c]!;
            }
            kernels.gatherRows(n, addressesAt, weightsAt, width, yAt + r * width * 4);
          }
        }
        for (let r = 0; r < count; r++) {
          y.set(engine.f32(yAt + r * width * 4, out), (first + r) * out);
        }
      }
    },
  };
}
