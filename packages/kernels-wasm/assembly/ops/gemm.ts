import { load, loadNext, loadSplat, madd, storeNext, store, VB, V } from '../lanes';
import { geluOf } from '../math/gelu';

// The tile's height: 8 sums of one vector, 2 of weights and a splat fit the 16 registers of x86 with room to spare.
const TILE: i32 = 4;

/** c[0..4, panel] = bias + a W^T over k inputs. Rows past `rows` repeat the last one, with the same result. */
function tile4(rows: i32, k: i32, a: usize, aStride: usize, panel: usize, c: usize, cStride: usize): void {
  let a0 = a;
  let a1 = rows > 1 ? a0 + aStride : a0;
  let a2 = rows > 2 ? a1 + aStride : a1;
  let a3 = rows > 3 ? a2 + aStride : a2;
  let s00: V = load(panel);
  let s01: V = loadNext(panel);
  let s10 = s00, s11 = s01, s20 = s00, s21 = s01, s30 = s00, s31 = s01;
  const end = a0 + (usize(k) << 2);
  for (; a0 < end; a0 += 4, a1 += 4, a2 += 4, a3 += 4) {
    panel += 2 * VB;
    const w0 = load(panel);
    const w1 = loadNext(panel);
    const x0 = loadSplat(a0);
    s00 = madd(x0, w0, s00);
    s01 = madd(x0, w1, s01);
    const x1 = loadSplat(a1);
    s10 = madd(x1, w0, s10);
    s11 = madd(x1, w1, s11);
    const x2 = loadSplat(a2);
    s20 = madd(x2, w0, s20);
    s21 = madd(x2, w1, s21);
    const x3 = loadSplat(a3);
    s30 = madd(x3, w0, s30);
    s31 = madd(x3, w1, s31);
  }
  const c1 = rows > 1 ? c + cStride : c;
  const c2 = rows > 2 ? c1 + cStride : c1;
  const c3 = rows > 3 ? c2 + cStride : c2;
  store(c, s00);
  storeNext(c, s01);
  store(c1, s10);
  storeNext(c1, s11);
  store(c2, s20);
  storeNext(c2, s21);
  store(c3, s30);
  storeNext(c3, s31);
}

/** One row, one panel. */
function tile1(k: i32, a: usize, panel: usize, c: usize): void {
  let s0: V = load(panel);
  let s1: V = loadNext(panel);
  const end = a + (usize(k) << 2);
  for (; a < end; a += 4) {
    panel += 2 * VB;
    const x = loadSplat(a);
    s0 = madd(x, load(panel), s0);
    s1 = madd(x, loadNext(panel), s1);
  }
  store(c, s0);
  storeNext(c, s1);
}

/** One row, four panels: enough independent sums to hide the latency of an addition. */
function tile1x4(k: i32, a: usize, panel: usize, panelStride: usize, c: usize): void {
  let p0 = panel;
  let p1 = p0 + panelStride;
  let p2 = p1 + panelStride;
  let p3 = p2 + panelStride;
  let s0: V = load(p0);
  let s1: V = loadNext(p0);
  let s2: V = load(p1);
  let s3: V = loadNext(p1);
  let s4: V = load(p2);
  let s5: V = loadNext(p2);
  let s6: V = load(p3);
  let s7: V = loadNext(p3);
  const end = a + (usize(k) << 2);
  for (; a < end; a += 4) {
    p0 += 2 * VB;
    p1 += 2 * VB;
    p2 += 2 * VB;
    p3 += 2 * VB;
    const x = loadSplat(a);
    s0 = madd(x, load(p0), s0);
    s1 = madd(x, loadNext(p0), s1);
    s2 = madd(x, load(p1), s2);
    s3 = madd(x, loadNext(p1), s3);
    s4 = madd(x, load(p2), s4);
    s5 = madd(x, loadNext(p2), s5);
    s6 = madd(x, load(p3), s6);
    s7 = madd(x, loadNext(p3), s7);
  }
  store(c, s0);
  storeNext(c, s1);
  store(c + 2 * VB, s2);
  store(c + 3 * VB, s3);
  store(c + 4 * VB, s4);
  store(c + 5 * VB, s5);
  store(c + 6 * VB, s6);
  store(c + 7 * VB, s7);
}

/** Rows of one panel of the output through GELU, while they are in the cache. */
function geluPanel(rows: i32, c: usize, cStride: usize): void {
  for (let row = 0; row < rows; row++, c += cStride) {
    store(c, geluOf(load(c)));
    storeNext(c, geluOf(loadNext(c)));
  }
}

/**
 * c = bias + a W^T, W packed by `pack` (panelStride bytes a panel, of which k inputs are used), then GELU when asked.
 * a `[rows, k]` at aStride bytes; c at cStride bytes, a multiple of the panel, whole panels are written. Every element
 * is summed over k in order, whatever tile it falls in: a row's result does not depend on the number of rows. A panel
 * stays in the first cache while the rows pass.
 */
export function gemm(
  rows: i32,
  k: i32,
  a: usize,
  aStride: usize,
  packed: usize,
  panelStride: usize,
  panels: i32,
  c: usize,
  cStride: usize,
  gelu: bool,
): void {
  let panel = 0;
  if (rows == 1) {
    for (; panel + 4 <= panels; panel += 4) {
      const to = c + usize(panel) * 2 * VB;
      tile1x4(k, a, packed + usize(panel) * panelStride, panelStride, to);
      if (gelu) for (let i = 0; i < 4; i++) geluPanel(1, to + usize(i) * 2 * VB, cStride);
    }
  }
  for (; panel < panels; panel++) {
    const from = packed + usize(panel) * panelStride;
    const to = c + usize(panel) * 2 * VB;
    let row = 0;
    for (; row + 1 < rows; row += TILE) {
      tile4(rows - row, k, a + usize(row) * aStride, aStride, from, to + usize(row) * cStride, cStride);
    }
    if (row < rows) tile1(k, a + usize(row) * aStride, from, to + usize(row) * cStride);
    if (gelu) geluPanel(rows, to, cStride);
  }
}
