// Tiles of the int8 matrix product with SIMD: up to four rows and the eight columns of a panel; see linear-int8.ts for
// how data lies. Two groups of four inputs an iteration. Rows past `rows` repeat the last one.

@inline
function nextRow(x: usize, stride: usize, wanted: bool): usize {
  return wanted ? x + stride : x;
}

/** Adds neighbours: the sums of four columns whose halves lie side by side in `low` and `high`. */
@inline
function joinHalves(low: v128, high: v128): v128 {
  return i32x4.add(v128.shuffle<i32>(low, high, 0, 2, 4, 6), v128.shuffle<i32>(low, high, 1, 3, 5, 7));
}

/** Four columns of int16 activations: weights are widened as they are loaded, products added in pairs. */
@inline
function tile4PairsHalf(groups: usize, x0: usize, x1: usize, x2: usize, x3: usize, w: usize, sums: usize): void {
  let s00 = i32x4.splat(0);
  let s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  const end = x0 + (groups << 3);
  for (; x0 < end; x0 += 16, x1 += 16, x2 += 16, x3 += 16, w += 64) {
    let w0 = v128.load_ext<i8>(w);
    let w1 = v128.load_ext<i8>(w, 8);
    let x = v128.load64_splat(x0);
    s00 = i32x4.add(s00, i32x4.dot_i16x8_s(x, w0));
    s01 = i32x4.add(s01, i32x4.dot_i16x8_s(x, w1));
    x = v128.load64_splat(x1);
    s10 = i32x4.add(s10, i32x4.dot_i16x8_s(x, w0));
    s11 = i32x4.add(s11, i32x4.dot_i16x8_s(x, w1));
    x = v128.load64_splat(x2);
    s20 = i32x4.add(s20, i32x4.dot_i16x8_s(x, w0));
    s21 = i32x4.add(s21, i32x4.dot_i16x8_s(x, w1));
    x = v128.load64_splat(x3);
    s30 = i32x4.add(s30, i32x4.dot_i16x8_s(x, w0));
    s31 = i32x4.add(s31, i32x4.dot_i16x8_s(x, w1));
    w0 = v128.load_ext<i8>(w, 32);
    w1 = v128.load_ext<i8>(w, 40);
    x = v128.load64_splat(x0, 8);
    s00 = i32x4.add(s00, i32x4.dot_i16x8_s(x, w0));
    s01 = i32x4.add(s01, i32x4.dot_i16x8_s(x, w1));
    x = v128.load64_splat(x1, 8);
    s10 = i32x4.add(s10, i32x4.dot_i16x8_s(x, w0));
    s11 = i32x4.add(s11, i32x4.dot_i16x8_s(x, w1));
    x = v128.load64_splat(x2, 8);
    s20 = i32x4.add(s20, i32x4.dot_i16x8_s(x, w0));
    s21 = i32x4.add(s21, i32x4.dot_i16x8_s(x, w1));
    x = v128.load64_splat(x3, 8);
    s30 = i32x4.add(s30, i32x4.dot_i16x8_s(x, w0));
    s31 = i32x4.add(s31, i32x4.dot_i16x8_s(x, w1));
  }
  v128.store(sums, joinHalves(s00, s01));
  v128.store(sums, joinHalves(s10, s11), 32);
  v128.store(sums, joinHalves(s20, s21), 64);
  v128.store(sums, joinHalves(s30, s31), 96);
}

/** sums [4, 8] of int16 activations. */
export function tile4Pairs(rows: i32, groups: usize, x: usize, xStride: usize, w: usize, sums: usize): void {
  const x1 = nextRow(x, xStride, rows > 1);
  const x2 = nextRow(x1, xStride, rows > 2);
  const x3 = nextRow(x2, xStride, rows > 3);
  tile4PairsHalf(groups, x, x1, x2, x3, w, sums);
  tile4PairsHalf(groups, x, x1, x2, x3, w + 16, sums + 16);
}

/** One row of int16 activations, all eight columns. */
export function tile1Pairs(groups: usize, x: usize, w: usize, sums: usize): void {
  let s0 = i32x4.splat(0);
  let s1 = s0, s2 = s0, s3 = s0;
  const end = x + (groups << 3);
  for (; x < end; x += 8, w += 32) {
    const inputs = v128.load64_splat(x);
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(inputs, v128.load_ext<i8>(w)));
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(inputs, v128.load_ext<i8>(w, 8)));
    s2 = i32x4.add(s2, i32x4.dot_i16x8_s(inputs, v128.load_ext<i8>(w, 16)));
    s3 = i32x4.add(s3, i32x4.dot_i16x8_s(inputs, v128.load_ext<i8>(w, 24)));
  }
  v128.store(sums, joinHalves(s0, s1));
  v128.store(sums, joinHalves(s2, s3), 16);
}

/** s + four products a column; weights are the signed operand. */
@inline
function dot4(w: v128, x: v128, s: v128): v128 {
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, s);
}

/** sums [4, 8] of 8-bit activations, from `start` [8]. */
export function tile4Dot(
  rows: i32,
  groups: usize,
  x: usize,
  xStride: usize,
  w: usize,
  start: usize,
  sums: usize,
): void {
  let x0 = x;
  let x1 = nextRow(x0, xStride, rows > 1);
  let x2 = nextRow(x1, xStride, rows > 2);
  let x3 = nextRow(x2, xStride, rows > 3);
  let s00 = v128.load(start);
  let s01 = v128.load(start, 16);
  let s10 = s00, s11 = s01, s20 = s00, s21 = s01, s30 = s00, s31 = s01;
  const end = x0 + (groups << 2);
  for (; x0 < end; x0 += 8, x1 += 8, x2 += 8, x3 += 8, w += 64) {
    let w0 = v128.load(w);
    let w1 = v128.load(w, 16);
    let v = v128.load32_splat(x0);
    s00 = dot4(w0, v, s00);
    s01 = dot4(w1, v, s01);
    v = v128.load32_splat(x1);
    s10 = dot4(w0, v, s10);
    s11 = dot4(w1, v, s11);
    v = v128.load32_splat(x2);
    s20 = dot4(w0, v, s20);
    s21 = dot4(w1, v, s21);
    v = v128.load32_splat(x3);
    s30 = dot4(w0, v, s30);
    s31 = dot4(w1, v, s31);
    w0 = v128.load(w, 32);
    w1 = v128.load(w, 48);
    v = v128.load32_splat(x0, 4);
    s00 = dot4(w0, v, s00);
    s01 = dot4(w1, v, s01);
    v = v128.load32_splat(x1, 4);
    s10 = dot4(w0, v, s10);
    s11 = dot4(w1, v, s11);
    v = v128.load32_splat(x2, 4);
    s20 = dot4(w0, v, s20);
    s21 = dot4(w1, v, s21);
    v = v128.load32_splat(x3, 4);
    s30 = dot4(w0, v, s30);
    s31 = dot4(w1, v, s31);
  }
  v128.store(sums, s00);
  v128.store(sums, s01, 16);
  v128.store(sums, s10, 32);
  v128.store(sums, s11, 48);
  v128.store(sums, s20, 64);
  v128.store(sums, s21, 80);
  v128.store(sums, s30, 96);
  v128.store(sums, s31, 112);
}

/** One row of 8-bit activations, from `start` [8]: even and odd groups apart, to hide the latency of a product. */
export function tile1Dot(groups: usize, x: usize, w: usize, start: usize, sums: usize): void {
  let s0 = v128.load(start);
  let s1 = v128.load(start, 16);
  let t0 = i32x4.splat(0);
  let t1 = t0;
  const end = x + (groups << 2);
  for (; x < end; x += 8, w += 64) {
    const even = v128.load32_splat(x);
    s0 = dot4(v128.load(w), even, s0);
    s1 = dot4(v128.load(w, 16), even, s1);
    const odd = v128.load32_splat(x, 4);
    t0 = dot4(v128.load(w, 32), odd, t0);
    t1 = dot4(v128.load(w, 48), odd, t1);
  }
  v128.store(sums, i32x4.add(s0, t0));
  v128.store(sums, i32x4.add(s1, t1), 16);
}
