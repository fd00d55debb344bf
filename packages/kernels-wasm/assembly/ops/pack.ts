import { store, splat, VB, W } from '../lanes';

/** Columns of a panel: the outputs that one tile of `gemm` makes. */
export const PANEL: i32 = 2 * W;

export function panelWidth(): i32 {
  return PANEL;
}

/**
 * Packs weight [out, k] for `gemm`: panels of PANEL outputs, each its biases, then k times the PANEL weights of one
 * input, so that a tile reads memory in order. Element (o, i) is read at o * outStride + i * inStride bytes; a last
 * panel is filled up with zeros. bias may be 0 (none).
 */
export function pack(
  out: i32,
  k: i32,
  weight: usize,
  outStride: usize,
  inStride: usize,
  bias: usize,
  packed: usize,
): void {
  for (let first = 0; first < out; first += PANEL) {
    const columns = min(PANEL, out - first);
    const panelBytes = (usize(k) + 1) * 2 * VB;
    if (columns < PANEL) memory.fill(packed, 0, panelBytes);
    else if (!bias) {
      store(packed, splat(0));
      store(packed + VB, splat(0));
    }
    for (let j = 0; j < columns; j++) {
      let to = packed + (usize(j) << 2);
      if (bias) f32.store(to, f32.load(bias + (usize(first + j) << 2)));
      let from = weight + usize(first + j) * outStride;
      for (let i = 0; i < k; i++) {
        to += 2 * VB;
        f32.store(to, f32.load(from));
        from += inStride;
      }
    }
    packed += panelBytes;
  }
}
