import { load, loadInt32, madd, splat, store, VB, W } from '../lanes';

// Rows are added up in int32, this many at most: 127 * 32767 * 512 < 2^31.
const MOST_ROWS: i32 = 512;
const LARGEST: f32 = 32767;
const CACHE_LINE: usize = 64;

let lastSeen: i32 = 0;

/** Loads a number from every cache line of up to four rows, so that they are under way: WebAssembly has no prefetch. */
@inline
function touch(i: i32, count: i32, rows: usize, n: usize): i32 {
  let seen = 0;
  for (const end = min(i + 4, count); i < end; i++) {
    const row = usize(i32.load(rows + (usize(i) << 2)));
    for (let at: usize = 0; at < n; at += CACHE_LINE) seen |= i32.load(row + at);
  }
  return seen;
}

/**
 * Replaces weights by int16 factors, relative to the largest, in pairs (0 fills up the last). Returns what a unit of the
 * sums is worth. Rounding a factor costs 1.5e-5 of the largest one; the rows themselves were
 * rounded at 4e-3.
 */
function quantizeFactors(count: i32, weights: usize): f32 {
  let largest: f32 = 0;
  for (let i: usize = 0; i < usize(count) << 2; i += 4) {
    // max keeps a NaN, which then reaches every output through the unit.
    largest = max(largest, f32.abs(f32.load(weights + i)));
  }
  const inverse: f32 = largest > 0 ? LARGEST / largest : 0;
  for (let i: usize = 0; i < usize(count); i += 2) {
    const even = i32(f32.nearest(f32.load(weights + (i << 2)) * inverse));
    const odd = i + 1 < usize(count) ? i32(f32.nearest(f32.load(weights + (i << 2), 4) * inverse)) : 0;
    i32.store(weights + (i << 1), (even & 0xffff) | (odd << 16));
  }
  return largest / LARGEST;
}

/** sums += four rows, two pairs of factors. */
@inline
function addFourRows(r0: usize, r1: usize, r2: usize, r3: usize, first: v128, second: v128, n: usize, sums: usize): void {
  for (let at: usize = 0; at < n; at += 16, sums += 64) {
    const a = v128.load(r0 + at);
    const b = v128.load(r1 + at);
    const c = v128.load(r2 + at);
    const d = v128.load(r3 + at);
    const ab = v128.shuffle<i8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const cd = v128.shuffle<i8>(c, d, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const ab2 = v128.shuffle<i8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const cd2 = v128.shuffle<i8>(c, d, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    let sum = i32x4.add(v128.load(sums), i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(ab), first));
    v128.store(sums, i32x4.add(sum, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(cd), second)));
    sum = i32x4.add(v128.load(sums, 16), i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(ab), first));
    v128.store(sums, i32x4.add(sum, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(cd), second)), 16);
    sum = i32x4.add(v128.load(sums, 32), i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(ab2), first));
    v128.store(sums, i32x4.add(sum, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(cd2), second)), 32);
    sum = i32x4.add(v128.load(sums, 48), i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(ab2), first));
    v128.store(sums, i32x4.add(sum, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(cd2), second)), 48);
  }
}

/** sums += factor * row, one row. */
function addRow(row: usize, factor: i32, n: usize, sums: usize): void {
  for (let at: usize = 0; at < n; at++, sums += 4) {
    i32.store(sums, i32.load(sums) + factor * i32.load8_s(row + at));
  }
}

/** The row at a place in the list. */
@inline
function rowAt(rows: usize, i: i32): usize {
  return usize(i32.load(rows + (usize(i) << 2)));
}

/** Adds the rows, and touches those of the list that follows: their lines arrive while these are added. */
function addRows(count: i32, rows: usize, factors: usize, n: usize, sums: usize, nextCount: i32, next: usize): void {
  let i = 0;
  let seen = 0;
  if (W > 1) {
    // Rows past the end of the list have factor 0 in their pair, or a pair of zeros: any row will do.
    for (; i < count; i += 4) {
      seen |= touch(i, nextCount, next, n);
      const last = count - 1;
      const first = v128.load32_splat(factors + (usize(i) << 1));
      const second = i + 2 < count ? v128.load32_splat(factors + (usize(i) << 1), 4) : i32x4.splat(0);
      addFourRows(
        rowAt(rows, i), rowAt(rows, min(i + 1, last)), rowAt(rows, min(i + 2, last)), rowAt(rows, min(i + 3, last)),
        first, second, n, sums,
      );
    }
  } else {
    for (; i < count; i++) addRow(rowAt(rows, i), i32.load16_s(factors + (usize(i) << 1)), n, sums);
  }
  // The compiler would leave out loads that nothing uses.
  lastSeen = seen;
}

/**
 * As `gatherRows` for rows of int8, the weights already multiplied by their scales; n is a multiple of 16. Products of
 * int8 and int16 are added in int32: exact, and several times fewer instructions than widening every int8 to a float.
 * Overwrites `weights`; `sums` is scratch of n int32. `next` lists the rows that will be asked for next.
 */
export function gatherRowsInt8(
  count: i32,
  rows: usize,
  weights: usize,
  n: usize,
  sums: usize,
  y: usize,
  nextCount: i32,
  next: usize,
): void {
  for (; count > 0; count -= MOST_ROWS, rows += usize(MOST_ROWS) << 2, weights += usize(MOST_ROWS) << 2) {
    const some = min(count, MOST_ROWS);
    const unit = quantizeFactors(some, weights);
    memory.fill(sums, 0, n << 2);
    addRows(some, rows, weights, n, sums, nextCount, next);
    for (let at: usize = 0; at < n << 2; at += VB) {
      store(y + at, madd(splat(unit), loadInt32(sums + at), load(y + at)));
    }
    nextCount -= MOST_ROWS;
    next += usize(MOST_ROWS) << 2;
  }
}
