import { decays, expOne, reverseBits, scanTable, tableCode, tableMagnitude, tableProduct, tableScore } from './hash';

export const SINGLE: i32 = 0;
export const TWO_CELL: i32 = 1;
export const NEIGHBOURS: i32 = 2;
export const FULL: i32 = 3;
export const THREE_CELL: i32 = 4;
export const FOUR_CELL: i32 = 5;

/**
 * The code, and the codes across the `others` nearest boundaries, nearest first: shares of the score by the softmax of
 * -2 m / temperature over their margins m, and of 0 for the code's own.
 */
@inline
function readNearest(
  others: i32,
  bits: i32,
  z: usize,
  temperature: f32,
  gamma: usize,
  cells: usize,
  weights: usize,
): void {
  let found = 0;
  let sum: f32 = 1;
  for (let i = 0; i < others; i++) {
    let nearest = -1;
    let margin: f32 = 0;
    for (let j = 0; j < bits; j++) {
      if ((found >> j) & 1) continue;
      const m = f32.abs(f32.load(z + (usize(j) << 2)));
      if (nearest < 0 || m < margin) {
        margin = m;
        nearest = j;
      }
    }
    found |= 1 << nearest;
    const e = expOne((<f32>-2 * margin) / temperature);
    sum += e;
    const at = usize(i) << 2;
    i32.store(cells + at, tableCode ^ (1 << nearest), 4);
    f32.store(weights + at, e, 4);
  }
  const score = tableScore(gamma);
  let own: f32 = 1;
  for (let i = 1; i <= others; i++) {
    const at = usize(i) << 2;
    const share = f32.load(weights + at) / sum;
    own -= share;
    f32.store(weights + at, score * share);
  }
  i32.store(cells, tableCode);
  f32.store(weights, score * own);
}

/** The code, then the code with each coordinate flipped in turn: (A - 2|z_j|) e_j / Z. */
@inline
function readNeighbours(bits: i32, z: usize, e: usize, cells: usize, weights: usize): void {
  const inverse: f32 = <f32>1 / tableProduct;
  i32.store(cells, tableCode);
  f32.store(weights, tableMagnitude * inverse);
  for (let j = 0; j < bits; j++) {
    const at = usize(j) << 2;
    const share = (tableMagnitude - <f32>2 * f32.abs(f32.load(z + at))) * f32.load(e + at) * inverse;
    i32.store(cells + at, tableCode ^ (1 << j), 4);
    f32.store(weights + at, share, 4);
  }
}

/**
 * The weights of all 2^bits cells, by doubling: each coordinate splits every cell so far into one with its bit clear,
 * (S - z, p sigma(-2z)), and one with it set. Coordinate `first` becomes the lowest bit, then by `step`. `sums` is
 * scratch of 2^bits numbers.
 */
export function readFull(
  bits: i32,
  first: i32,
  step: i32,
  z: usize,
  e: usize,
  sums: usize,
  weights: usize,
): void {
  f32.store(sums, 0);
  f32.store(weights, 1);
  let j = first;
  for (let size: usize = 4; size < usize(4) << bits; size <<= 1, j += step) {
    const zj = f32.load(z + (usize(j) << 2));
    const decay = f32.load(e + (usize(j) << 2));
    const near: f32 = <f32>1 / (<f32>1 + decay);
    const far = decay * near;
    const set = zj > 0 ? near : far;
    const clear = zj > 0 ? far : near;
    for (let i: usize = 0; i < size; i += 4) {
      const sum = f32.load(sums + i);
      const p = f32.load(weights + i);
      f32.store(sums + size + i, sum + zj);
      f32.store(weights + size + i, p * set);
      f32.store(sums + i, sum - zj);
      f32.store(weights + i, p * clear);
    }
  }
  for (let i: usize = 0; i < usize(4) << bits; i += 4) f32.store(weights + i, f32.load(weights + i) * f32.load(sums + i));
}

/**
 * Cells (bit j = coordinate j) and weights of one table by every read but `full`, which keeps no list of cells.
 * temperature and gamma point at this table's, or are 0 for 1.
 */
@inline
export function readTable(
  mode: i32,
  bits: i32,
  z: usize,
  e: usize,
  temperature: usize,
  gamma: usize,
  cells: usize,
  weights: usize,
): void {
  scanTable(bits, z, e);
  if (mode == SINGLE) {
    i32.store(cells, tableCode);
    f32.store(weights, tableScore(gamma));
  } else if (mode == NEIGHBOURS) {
    readNeighbours(bits, z, e, cells, weights);
  } else {
    const t = temperature ? f32.load(temperature) : <f32>1;
    readNearest(cellsRead(mode, bits) - 1, bits, z, t, gamma, cells, weights);
  }
}

/** Cells read of one table. */
export function cellsRead(mode: i32, bits: i32): i32 {
  if (mode == SINGLE) return 1;
  if (mode == NEIGHBOURS) return bits + 1;
  if (mode == FULL) return 1 << bits;
  const cells = mode == TWO_CELL ? 2 : mode == THREE_CELL ? 3 : 4;
  return min(cells, bits + 1);
}

/** Cells and weights [rows, tables, c] in the conventions' order. e is scratch of one row of z, sums of 2^bits for `full`. */
export function read(
  mode: i32,
  rows: i32,
  tables: i32,
  bits: i32,
  z: usize,
  rates: usize,
  temperature: usize,
  gamma: usize,
  e: usize,
  sums: usize,
  cells: usize,
  weights: usize,
): void {
  const count = cellsRead(mode, bits);
  const tableBytes = usize(bits) << 2;
  for (let row = 0; row < rows; row++) {
    decays(tables * bits, z, rates, e);
    for (let k: usize = 0; k < usize(tables); k++) {
      const ek = e + k * tableBytes;
      if (mode == FULL) {
        readFull(bits, bits - 1, -1, z, ek, sums, weights);
        for (let i = 0; i < count; i++) i32.store(cells + (usize(i) << 2), i);
      } else {
        const t = temperature ? temperature + (k << 2) : 0;
        const g = gamma ? gamma + (k << 2) : 0;
        readTable(mode, bits, z, ek, t, g, cells, weights);
        for (let i = 0; i < count; i++) {
          const p = cells + (usize(i) << 2);
          i32.store(p, reverseBits(i32.load(p), bits));
        }
      }
      z += tableBytes;
      cells += usize(count) << 2;
      weights += usize(count) << 2;
    }
  }
}
