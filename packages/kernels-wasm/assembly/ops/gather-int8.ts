import { load, loadInt32, madd, splat, store, VB, W } from '../lanes';

/** Rows of a pass: sums are loaded and stored once for so many. Lists are filled up to a multiple. */
export const PASS: i32 = 8;
// Rows are added up in int32, this many at most: 127 * 32767 * 512 < 2^31.
const MOST_ROWS: i32 = 512;
const LARGEST: f32 = 32767;
const CACHE_LINE: usize = 64;

/**
 * Replaces weights by int16 factors, relative to the largest, and fills up the last pass with zeros. Returns what a
 * unit of the sums is worth. Rounding a factor costs 1.5e-5 of the largest one; the rows themselves were rounded at
 * 4e-3.
 */
function quantizeFactors(count: i32, weights: usize): f32 {
  let largest: f32 = 0;
  const end = usize(count) << 2;
  for (let i: usize = 0; i < end; i += 4) {
    // max keeps a NaN, which then reaches every output through the unit.
    largest = max(largest, f32.abs(f32.load(weights + i)));
  }
  const inverse: f32 = largest > 0 ? LARGEST / largest : 0;
  let to = weights;
  for (let i: usize = 0; i < end; i += 4, to += 2) {
    i32.store16(to, i32(f32.nearest(f32.load(weights + i) * inverse)));
  }
  for (; (to - weights) % (2 * PASS) != 0; to += 2) i32.store16(to, 0);
  return largest / LARGEST;
}

/** s + factors x (a, b): the products of four columns of two rows, as `dot` adds them, in each half of the pair. */
@inline
function addLow(s: v128, a: v128, b: v128, factors: v128): v128 {
  return i32x4.add(s, i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11), factors));
}
@inline
function addHigh(s: v128, a: v128, b: v128, factors: v128): v128 {
  return i32x4.add(s, i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15), factors));
}

/** The row at a place in the list. */
@inline
function rowAt(rows: usize, i: usize): usize {
  return usize(i32.load(rows + (i << 2)));
}

/** sums += the eight rows of a pass, eight columns an iteration. */
function addPass(rows: usize, factors: usize, n: usize, sums: usize): void {
  const r0 = rowAt(rows, 0);
  const r1 = rowAt(rows, 1);
  const r2 = rowAt(rows, 2);
  const r3 = rowAt(rows, 3);
  const r4 = rowAt(rows, 4);
  const r5 = rowAt(rows, 5);
  const r6 = rowAt(rows, 6);
  const r7 = rowAt(rows, 7);
  const f0 = v128.load32_splat(factors);
  const f1 = v128.load32_splat(factors, 4);
  const f2 = v128.load32_splat(factors, 8);
  const f3 = v128.load32_splat(factors, 12);
  for (let at: usize = 0; at < n; at += 8, sums += 32) {
    let a = v128.load_ext<i8>(r0 + at);
    let b = v128.load_ext<i8>(r1 + at);
    let low = addLow(v128.load(sums), a, b, f0);
    let high = addHigh(v128.load(sums, 16), a, b, f0);
    a = v128.load_ext<i8>(r2 + at);
    b = v128.load_ext<i8>(r3 + at);
    low = addLow(low, a, b, f1);
    high = addHigh(high, a, b, f1);
    a = v128.load_ext<i8>(r4 + at);
    b = v128.load_ext<i8>(r5 + at);
    low = addLow(low, a, b, f2);
    high = addHigh(high, a, b, f2);
    a = v128.load_ext<i8>(r6 + at);
    b = v128.load_ext<i8>(r7 + at);
    v128.store(sums, addLow(low, a, b, f3));
    v128.store(sums, addHigh(high, a, b, f3), 16);
  }
}

/** The compiler would leave out loads that nothing uses. */
let lastSeen: i32 = 0;

/** Loads a number from every cache line of a pass, so that they are under way: WebAssembly has no prefetch. */
@inline
function touch(rows: usize, n: usize): i32 {
  let seen = 0;
  const r0 = rowAt(rows, 0);
  const r1 = rowAt(rows, 1);
  const r2 = rowAt(rows, 2);
  const r3 = rowAt(rows, 3);
  const r4 = rowAt(rows, 4);
  const r5 = rowAt(rows, 5);
  const r6 = rowAt(rows, 6);
  const r7 = rowAt(rows, 7);
  for (let at: usize = 0; at < n; at += CACHE_LINE) {
    seen |= i32.load(r0 + at) | i32.load(r1 + at) | i32.load(r2 + at) | i32.load(r3 + at)
      | i32.load(r4 + at) | i32.load(r5 + at) | i32.load(r6 + at) | i32.load(r7 + at);
  }
  return seen;
}

/** sums += the rows of a pass, without SIMD. */
function addPassScalar(rows: usize, factors: usize, n: usize, sums: usize): void {
  for (let i: usize = 0; i < usize(PASS); i++) {
    const row = rowAt(rows, i);
    const factor = i32.load16_s(factors + (i << 1));
    if (!factor) continue;
    for (let at: usize = 0; at < n; at++) {
      const to = sums + (at << 2);
      i32.store(to, i32.load(to) + factor * i32.load8_s(row + at));
    }
  }
}

/**
 * For each token, y += sum_i weights[i] * row_i for rows of int8, the weights already multiplied by their scales; n is
 * a multiple of 16. `rows` and `weights` are the tokens' lists, `listStride` bytes apart, with room for whole passes;
 * both are overwritten. Products of int8 and int16 are added in int32: exact, and several times fewer instructions than
 * widening every int8 to a float. `sums` is scratch of n int32 a token, and one more. The tokens take turns pass by
 * pass: their rows then lie in a few tables at a time, which caches and address translation hold.
 */
export function gatherRowsInt8(
  tokens: i32,
  count: i32,
  rows: usize,
  weights: usize,
  listStride: usize,
  n: usize,
  sums: usize,
  y: usize,
  yStride: usize,
): void {
  const sumBytes = n << 2;
  const units = sums + usize(tokens) * sumBytes;
  for (; count > 0; count -= MOST_ROWS, rows += usize(MOST_ROWS) << 2, weights += usize(MOST_ROWS) << 2) {
    const some = min(count, MOST_ROWS);
    memory.fill(sums, 0, usize(tokens) * sumBytes);
    for (let t: usize = 0; t < usize(tokens); t++) {
      f32.store(units + (t << 2), quantizeFactors(some, weights + t * listStride));
      // Any row will do where the factor is 0.
      const list = rows + t * listStride;
      for (let i = some; i % PASS != 0; i++) i32.store(list + (usize(i) << 2), i32.load(list));
    }
    for (let i: usize = 0; i < usize(some); i += usize(PASS)) {
      let list = rows + (i << 2);
      let factors = weights + (i << 1);
      let to = sums;
      for (let t = 0; t < tokens; t++, list += listStride, factors += listStride, to += sumBytes) {
        // Those of the next token arrive while these are added.
        if (t + 1 < tokens) lastSeen |= touch(list + listStride, n);
        if (W > 1) addPass(list, factors, n, to);
        else addPassScalar(list, factors, n, to);
      }
    }
    for (let t: usize = 0; t < usize(tokens); t++) {
      const unit = splat(f32.load(units + (t << 2)));
      const from = sums + t * sumBytes;
      const to = y + t * yStride;
      for (let at: usize = 0; at < sumBytes; at += VB) {
        store(to + at, madd(unit, loadInt32(from + at), load(to + at)));
      }
    }
  }
}
