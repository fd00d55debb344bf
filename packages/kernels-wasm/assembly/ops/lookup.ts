import { decays } from './hash';
import { gatherRows } from './gather';
import { gatherRowsInt8, PASS } from './gather-int8';
import { cellsRead, FULL, readFull, readTable } from './read';

/** Cells of one table to addresses of their rows; for int8 tables, weights take in the rows' scales. */
@inline
function address(count: i32, cells: usize, weights: usize, table: usize, rowBytes: usize, scales: usize): void {
  for (let i: usize = 0; i < usize(count) << 2; i += 4) {
    const cell = usize(i32.load(cells + i));
    i32.store(cells + i, i32(table + cell * rowBytes));
    if (scales) f32.store(weights + i, f32.load(weights + i) * f32.load(scales + (cell << 2)));
  }
}

/** A row's list over all tables, for every read but `full`. */
function list(
  mode: i32,
  tables: i32,
  bits: i32,
  z: usize,
  rates: usize,
  temperature: usize,
  gamma: usize,
  packedTables: usize,
  rowBytes: usize,
  scales: usize,
  e: usize,
  cells: usize,
  weights: usize,
): void {
  const count = cellsRead(mode, bits);
  const tableBytes = usize(bits) << 2;
  const listBytes = usize(count) << 2;
  decays(tables * bits, z, rates, e);
  for (let k = 0; k < tables; k++) {
    readTable(mode, bits, z, e, temperature, gamma, cells, weights);
    address(count, cells, weights, packedTables, rowBytes, scales);
    if (temperature) temperature += 4;
    if (gamma) gamma += 4;
    packedTables += rowBytes << bits;
    if (scales) scales += usize(4) << bits;
    z += tableBytes;
    e += tableBytes;
    cells += listBytes;
    weights += listBytes;
  }
}

/** One row by `full`, table by table: it reads all of each. */
function lookupFull(
  tables: i32,
  bits: i32,
  z: usize,
  packedTables: usize,
  rowBytes: usize,
  scales: usize,
  e: usize,
  cells: usize,
  weights: usize,
  sums: usize,
  products: usize,
  n: usize,
  y: usize,
): void {
  const count = 1 << bits;
  decays(tables * bits, z, 0, e);
  for (let k = 0; k < tables; k++) {
    readFull(bits, 0, 1, z, e, sums, weights);
    for (let i = 0; i < count; i++) i32.store(cells + (usize(i) << 2), i);
    address(count, cells, weights, packedTables, rowBytes, scales);
    if (scales) gatherRowsInt8(1, count, cells, weights, 0, n, products, y, 0);
    else gatherRows(count, cells, weights, n, y);
    packedTables += rowBytes << bits;
    if (scales) scales += usize(4) << bits;
    z += usize(bits) << 2;
    e += usize(bits) << 2;
  }
}

/** Bytes from one token's list of cells, or of weights, to the next's: room for whole passes. */
export function lookupListBytes(mode: i32, tables: i32, bits: i32): usize {
  const count = mode == FULL ? 1 << bits : cellsRead(mode, bits) * tables;
  return (usize(count + PASS - 1) & ~usize(PASS - 1)) << 2;
}

/**
 * z to output: hash, read and gather, adding to y (which holds the bias). z rows lie zStride bytes apart, y rows
 * yStride. Tables are packed with rows of rowBytes, the cell's index being the code with coordinate j as bit j; scales
 * `[tables, 2^bits]` are those of int8 tables, 0 for f32. Scratch: e `[tables * bits]`; cells and weights a list of
 * lookupListBytes for each row (one for all in `full`); sums as long as a list, for `full`; products `[rows * n + rows]`
 * of int32 for int8 tables. Rows take turns at a few tables at a time, and each adds in the tables' order.
 */
export function lookup(
  mode: i32,
  rows: i32,
  tables: i32,
  bits: i32,
  z: usize,
  zStride: usize,
  rates: usize,
  temperature: usize,
  gamma: usize,
  packedTables: usize,
  rowBytes: usize,
  scales: usize,
  e: usize,
  cells: usize,
  weights: usize,
  sums: usize,
  products: usize,
  n: usize,
  y: usize,
  yStride: usize,
): void {
  if (mode == FULL) {
    for (let row = 0; row < rows; row++, z += zStride, y += yStride) {
      lookupFull(tables, bits, z, packedTables, rowBytes, scales, e, cells, weights, sums, products, n, y);
    }
    return;
  }
  const count = cellsRead(mode, bits) * tables;
  const stride = lookupListBytes(mode, tables, bits);
  for (let row: usize = 0; row < usize(rows); row++, z += zStride) {
    const at = row * stride;
    list(
      mode, tables, bits, z, rates, temperature, gamma, packedTables, rowBytes, scales, e, cells + at, weights + at,
    );
  }
  if (scales) {
    gatherRowsInt8(rows, count, cells, weights, stride, n, products, y, yStride);
    return;
  }
  for (let i = 0; i < count; i += PASS) {
    const at = usize(i) << 2;
    for (let row: usize = 0; row < usize(rows); row++) {
      const from = row * stride + at;
      gatherRows(min(PASS, count - i), cells + from, weights + from, n, y + row * yStride);
    }
  }
}
