import { load, loadInt32, loadSplat, madd, mul, splat, store, VB, W } from '../lanes';
import { geluOf } from '../math/gelu';
import { tile1Dot, tile1Pairs, tile4Dot, tile4Pairs } from './tile-int8';

/** Columns of a panel, and inputs that lie together for each of them. */
const COLUMNS: usize = 8;
const GROUP: usize = 4;
/** A panel's header: of each column the scale and bias (f32), and what its sum starts from (int32). */
const SCALES: usize = 0;
const BIASES: usize = COLUMNS * 4;
const STARTS: usize = COLUMNS * 8;
const WEIGHTS: usize = COLUMNS * 12;

// How quantised activations lie, by what products the engine has; see `products`.
/** int16: `i32x4.dot_i16x8_s`, pairs of int16, everywhere. */
const PAIRS: i32 = 0;
/** uint8, 128 added: a relaxed dot whose second operand counts as unsigned (x86 with VNNI). */
const UNSIGNED: i32 = 1;
/** int8: a relaxed dot whose second operand counts as signed (Arm's SDOT, x86 with VNNI-INT8). */
const SIGNED: i32 = 2;

/** Below this a largest magnitude counts as 0: 127 / it must stay finite. */
const SMALLEST: f32 = 1e-36;

/** Whether four products that are both 8 bits wide come out right: the largest ones of either sign. */
@inline
function dotGives(w: i32, x: i32, expected: i32): bool {
  const sums = i32x4.relaxed_dot_i8x16_i7x16_add_s(i8x16.splat(i8(w)), i8x16.splat(i8(x)), i32x4.splat(1));
  return i32x4.extract_lane(sums, 0) == expected + 1;
}

/**
 * The best products this engine has. Relaxed SIMD leaves open whether numbers past 127 in the second operand of
 * `relaxed_dot_i8x16_i7x16_add_s` are signed, and whether pairs saturate at 16 bits; but the answer is the same for as
 * long as the engine runs. Asked once, it decides how activations are kept, and every way gives the same sums.
 */
export function products(): i32 {
  if (W > 1) {
    if (ASC_FEATURE_RELAXED_SIMD) {
      if (dotGives(127, 255, 4 * 127 * 255) && dotGives(-127, 255, -4 * 127 * 255)) return UNSIGNED;
      if (dotGives(127, -127, -4 * 127 * 127) && dotGives(-127, -127, 4 * 127 * 127)) return SIGNED;
    }
  }
  return PAIRS;
}

/** Inputs with their filling: two groups, a tile's step. */
@inline
function padded(k: i32): usize {
  return (usize(k) + 2 * GROUP - 1) & ~(2 * GROUP - 1);
}

/** Bytes of a packed panel of k inputs. */
export function int8PanelBytes(k: i32): usize {
  return WEIGHTS + padded(k) * COLUMNS;
}

/** Bytes of a quantised row of k inputs. */
export function int8RowBytes(k: i32, mode: i32): usize {
  return padded(k) << usize(mode == PAIRS);
}

/**
 * The largest magnitude of n numbers, NaN if there is one: without their signs floats are ordered as integers are, and
 * NaN above infinity.
 */
function largestOf(n: i32, x: usize): f32 {
  const end = x + (usize(n) << 2);
  let largest = 0;
  if (W > 1) {
    let most = i32x4.splat(0);
    for (; x + 16 <= end; x += 16) most = i32x4.max_s(most, v128.and(v128.load(x), i32x4.splat(0x7fffffff)));
    most = i32x4.max_s(most, v128.shuffle<i32>(most, most, 2, 3, 0, 1));
    largest = max(i32x4.extract_lane(most, 0), i32x4.extract_lane(most, 1));
  }
  for (; x < end; x += 4) largest = max(largest, i32.load(x) & 0x7fffffff);
  return reinterpret<f32>(largest);
}

/** What a step is worth, NaN for a row that holds a NaN or infinity: it must not become a number in silence. */
@inline
function stepOf(largest: f32): f32 {
  if (!(largest < f32.POSITIVE_INFINITY)) return f32.NaN;
  return largest < SMALLEST ? 0 : largest / <f32>127;
}

@inline
function inverseOf(largest: f32): f32 {
  return largest >= SMALLEST && largest < f32.POSITIVE_INFINITY ? <f32>127 / largest : 0;
}

/**
 * Packs weight [out, k] (rows of k * 4 bytes) as panels of 8 columns of int8: a header, then for every 4 inputs the 4
 * of each column. A column's step is max|w| / 127. bias may be 0 (none).
 */
export function packInt8(mode: i32, out: i32, k: i32, weight: usize, bias: usize, packed: usize): void {
  const panelBytes = int8PanelBytes(k);
  for (let first = 0; first < out; first += i32(COLUMNS), packed += panelBytes) {
    memory.fill(packed, 0, panelBytes);
    const columns = min(i32(COLUMNS), out - first);
    for (let j = 0; j < columns; j++) {
      const header = packed + (usize(j) << 2);
      const largest = largestOf(k, weight);
      const inverse = inverseOf(largest);
      let total = 0;
      for (let i: usize = 0; i < usize(k); i++, weight += 4) {
        const q = i32(f32.nearest(f32.load(weight) * inverse));
        i32.store8(packed + WEIGHTS + ((i / GROUP) * COLUMNS + usize(j)) * GROUP + i % GROUP, q);
        total += q;
      }
      f32.store(header + SCALES, stepOf(largest));
      if (bias) f32.store(header + BIASES, f32.load(bias + (usize(first + j) << 2)));
      // Takes the 128 added to every input off again.
      i32.store(header + STARTS, mode == UNSIGNED ? -128 * total : 0);
    }
  }
}

/** Quantised rows of x [rows, k] as `mode` has them, int8RowBytes apart, filled up with zeros, and what a step of each
 * is worth: max|x| / 127. */
export function quantizeActivations(
  mode: i32,
  rows: i32,
  k: i32,
  x: usize,
  xStride: usize,
  quantized: usize,
  scales: usize,
): void {
  const rowBytes = int8RowBytes(k, mode);
  const added = mode == UNSIGNED ? 128 : 0;
  for (let row = 0; row < rows; row++, x += xStride, quantized += rowBytes, scales += 4) {
    const largest = largestOf(k, x);
    const inverse = inverseOf(largest);
    f32.store(scales, stepOf(largest));
    let i = 0;
    if (W > 1) {
      const factor = f32x4.splat(inverse);
      for (; i + 8 <= k; i += 8) {
        const from = x + (usize(i) << 2);
        const low = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(from), factor)));
        const high = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(from, 16), factor)));
        const wide = i16x8.add(i16x8.narrow_i32x4_s(low, high), i16x8.splat(i16(added)));
        if (mode == PAIRS) v128.store(quantized + (usize(i) << 1), wide);
        else if (mode == UNSIGNED) v128.store64_lane(quantized + usize(i), i8x16.narrow_i16x8_u(wide, wide), 0);
        else v128.store64_lane(quantized + usize(i), i8x16.narrow_i16x8_s(wide, wide), 0);
      }
    }
    for (; i < i32(padded(k)); i++) {
      const q = i < k ? i32(f32.nearest(f32.load(x + (usize(i) << 2)) * inverse)) + added : 0;
      if (mode == PAIRS) i32.store16(quantized + (usize(i) << 1), q);
      else i32.store8(quantized + usize(i), q);
    }
  }
}

/** Up to four rows of sums [8], without SIMD. */
function tileScalar(rows: i32, groups: usize, x: usize, xStride: usize, w: usize, sums: usize): void {
  for (let row = 0; row < rows; row++, x += xStride) {
    for (let j: usize = 0; j < COLUMNS; j++, sums += 4) {
      let sum = 0;
      for (let g: usize = 0; g < groups; g++) {
        const from = w + (g * COLUMNS + j) * GROUP;
        const input = x + g * GROUP * 2;
        for (let i: usize = 0; i < GROUP; i++) sum += i32.load8_s(from + i) * i32.load16_s(input + i * 2);
      }
      i32.store(sums, sum);
    }
  }
}

/** Sums of one row to outputs: what a step of the row and of the column is worth, bias, GELU. */
@inline
function finish(panel: usize, scale: usize, sums: usize, c: usize, gelu: bool): void {
  for (let i: usize = 0; i < COLUMNS * 4; i += VB) {
    const factor = mul(load(panel + SCALES + i), loadSplat(scale));
    const y = madd(loadInt32(sums + i), factor, load(panel + BIASES + i));
    store(c + i, gelu ? geluOf(y) : y);
  }
}

/**
 * c = bias + x W^T for rows of quantised activations, W packed by `packInt8`, then GELU when asked; whole panels of c
 * are written. `sums` is scratch of 128 bytes. Sums are exact in int32 for k up to 2^17, so that a row's result does
 * not depend on the other rows, nor on `mode`.
 */
export function gemmInt8(
  mode: i32,
  rows: i32,
  k: i32,
  x: usize,
  scales: usize,
  packed: usize,
  panels: i32,
  c: usize,
  cStride: usize,
  gelu: bool,
  sums: usize,
): void {
  const panelBytes = int8PanelBytes(k);
  const xStride = int8RowBytes(k, mode);
  const groups = padded(k) / GROUP;
  for (let panel = 0; panel < panels; panel++, packed += panelBytes, c += COLUMNS * 4) {
    const weights = packed + WEIGHTS;
    const starts = packed + STARTS;
    let to = c;
    for (let row = 0; row < rows; row += 4) {
      const some = min(4, rows - row);
      const from = x + usize(row) * xStride;
      if (W > 1) {
        if (ASC_FEATURE_RELAXED_SIMD && mode != PAIRS) {
          if (some == 1) tile1Dot(groups, from, weights, starts, sums);
          else tile4Dot(some, groups, from, xStride, weights, starts, sums);
        } else if (some == 1) tile1Pairs(groups, from, weights, sums);
        else tile4Pairs(some, groups, from, xStride, weights, sums);
      } else tileScalar(some, groups, from, xStride, weights, sums);
      for (let r = 0; r < some; r++, to += cStride) {
        const scale = scales + (usize(row + r) << 2);
        finish(packed, scale, sums + usize(r) * COLUMNS * 4, to, gelu);
      }
    }
  }
}
