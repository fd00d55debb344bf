import { add, load, loadTail, madd, mul, splat, store, storeTail, VB, W } from '../lanes';
import { gemm } from './gemm';
import { hadamardFrom } from './hadamard';
import { PANEL, pack } from './pack';

/**
 * H_P = H_(P/B) (x) H_B: the part of the Hadamard transform inside a block is folded into that block's weights, so a
 * stage is a block product and only the passes across blocks. Blocks narrower than a panel are first merged into one
 * of a panel's width (B), so those passes always move whole vectors.
 */
export function bh4Block(padded: i32, block: i32): i32 {
  return max(block, min(padded, PANEL));
}

/** Row stride of the block matrix while it is folded: at least a vector. */
@inline
function foldStride(merged: i32): usize {
  return usize(max(merged, W));
}

/** Bytes of scratch `packBh4` needs. */
export function bh4FoldBytes(merged: i32): usize {
  return (usize(merged) * foldStride(merged)) << 2;
}

/**
 * Packs one stage: weight [P/b, b(out), b(in)] into `P/B` matrices scale * H_B * W in `pack`'s layout. `fold` is
 * scratch of bh4FoldBytes.
 */
export function packBh4(
  padded: i32,
  block: i32,
  merged: i32,
  scale: f32,
  weight: usize,
  fold: usize,
  packed: usize,
): void {
  const stride = foldStride(merged);
  const foldFloats = usize(merged) * stride;
  const packedBytes = (usize((merged + PANEL - 1) / PANEL) * (usize(merged) + 1) * 2) * VB;
  for (let m = 0; m < padded / merged; m++) {
    memory.fill(fold, 0, foldFloats << 2);
    for (let s = 0; s < merged / block; s++) {
      // Narrow block s lies on the diagonal of the merged one.
      let to = fold + ((usize(s * block) * (stride + 1)) << 2);
      for (let o = 0; o < block; o++, to += stride << 2) {
        memory.copy(to, weight, usize(block) << 2);
        weight += usize(block) << 2;
      }
    }
    hadamardFrom(foldFloats, stride, fold);
    for (let p = fold; p < fold + (foldFloats << 2); p += VB) store(p, mul(load(p), splat(scale)));
    pack(merged, merged, fold, stride << 2, 4, 0, packed);
    packed += packedBytes;
  }
}

/**
 * One repeat: `stages` times block product and Hadamard transform, from x (rows xStride bytes apart, `hidden` numbers,
 * taken as followed by zeros up to P) by way of two buffers of `rows` rows, stride bytes apart, in turn: an odd number
 * of stages ends in the first.
 */
export function bh4(
  rows: i32,
  hidden: i32,
  padded: i32,
  merged: i32,
  stages: i32,
  packed: usize,
  x: usize,
  xStride: usize,
  first: usize,
  second: usize,
  stride: usize,
): void {
  const panels = (merged + PANEL - 1) / PANEL;
  const panelStride = (usize(merged) + 1) * 2 * VB;
  let from = x;
  let fromStride = xStride;
  let to = first;
  for (let stage = 0; stage < stages; stage++) {
    for (let at = 0; at < padded; at += merged) {
      // Inputs past `hidden` are zeros: their products are left out in the first stage.
      const k = stage == 0 ? min(merged, max(0, hidden - at)) : merged;
      const offset = usize(at) << 2;
      gemm(rows, k, from + offset, fromStride, packed, panelStride, panels, to + offset, stride, false);
      packed += usize(panels) * panelStride;
    }
    if (merged < padded) {
      for (let row = 0; row < rows; row++) hadamardFrom(usize(padded), usize(merged), to + usize(row) * stride);
    }
    from = to;
    fromStride = stride;
    to = from == first ? second : first;
  }
}

/**
 * z = BH4 + 0.3 x + bias for `count` coordinates of one repeat (the 0.7 is in the weights). x has `hidden` numbers,
 * then zeros.
 */
export function finishProjection(
  rows: i32,
  count: i32,
  hidden: i32,
  product: usize,
  productStride: usize,
  x: usize,
  xStride: usize,
  bias: usize,
  z: usize,
  zStride: usize,
): void {
  const kept = min(count, hidden);
  for (let row = 0; row < rows; row++) {
    let i: usize = 0;
    const vectors = usize(kept - (kept % W)) << 2;
    for (; i < vectors; i += VB) {
      store(z + i, madd(splat(0.3), load(x + i), add(load(product + i), load(bias + i))));
    }
    const tail = kept % W;
    if (tail) {
      const sum = add(loadTail(product + i, tail, 0), loadTail(bias + i, tail, 0));
      storeTail(z + i, madd(splat(0.3), loadTail(x + i, tail, 0), sum), tail);
      i += usize(tail) << 2;
    }
    for (; i < usize(count) << 2; i += 4) f32.store(z + i, f32.load(product + i) + f32.load(bias + i));
    product += productStride;
    x += xStride;
    z += zStride;
  }
}
