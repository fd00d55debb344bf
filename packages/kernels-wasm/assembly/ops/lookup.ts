import { decays } from './hash';
import { gatherRows } from './gather';
import { gatherRowsInt8 } from './gather-int8';
import { cellsRead, FULL, readFull, readTable } from './read';

/**
 * z to output: hash, read and gather one row at a time, adding to y (which holds the bias). z rows lie zStride bytes
 * apart, y rows yStride. Tables are packed with rows of rowBytes, the cell's index being the code with coordinate j as
 * bit j. Scratch: e `[tables * bits]`, cells, weights and (`full` only) sums as long as a list: all of a row's reads,
 * or one table's 2^bits for `full`; products `[n]` of int32 for int8 tables.
 */
export function lookup(
  mode: i32,
  rows: i32,
  tables: i32,
  bits: i32,
  int8: bool,
  z: usize,
  zStride: usize,
  rates: usize,
  temperature: usize,
  gamma: usize,
  packedTables: usize,
  rowBytes: usize,
  e: usize,
  cells: usize,
  weights: usize,
  sums: usize,
  products: usize,
  n: usize,
  y: usize,
  yStride: usize,
): void {
  const count = cellsRead(mode, bits);
  const tableBytes = usize(bits) << 2;
  const listBytes = usize(count) << 2;
  for (let row = 0; row < rows; row++, z += zStride, y += yStride) {
    decays(tables * bits, z, rates, e);
    let cellsAt = cells;
    let weightsAt = weights;
    for (let k: usize = 0; k < usize(tables); k++) {
      const zk = z + k * tableBytes;
      const ek = e + k * tableBytes;
      const table = packedTables + (k << bits) * rowBytes;
      if (mode == FULL) {
        readFull(bits, 0, 1, zk, ek, sums, weights);
        for (let i: usize = 0; i < usize(count); i++) i32.store(cells + (i << 2), i32(table + i * rowBytes));
        if (int8) gatherRowsInt8(count, cells, weights, n, products, y);
        else gatherRows(count, cells, weights, n, y);
        continue;
      }
      const t = temperature ? temperature + (k << 2) : 0;
      const g = gamma ? gamma + (k << 2) : 0;
      readTable(mode, bits, zk, ek, t, g, cellsAt, weightsAt);
      for (let i = 0; i < count; i++) {
        const p = cellsAt + (usize(i) << 2);
        i32.store(p, i32(table + usize(i32.load(p)) * rowBytes));
      }
      cellsAt += listBytes;
      weightsAt += listBytes;
    }
    if (mode != FULL) {
      if (int8) gatherRowsInt8(count * tables, cells, weights, n, products, y);
      else gatherRows(count * tables, cells, weights, n, y);
    }
  }
}
