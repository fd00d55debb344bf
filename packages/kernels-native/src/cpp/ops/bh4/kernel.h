// BH4 (conventions 2), one repeat over a tile of rows. Forward and backward side by side.
//
// H_P = H_n x H_b: the Hadamard factor inside a block is folded into the block's weights, E = H_b W, when they are
// prepared, so a stage is a block product and butterflies over whole blocks, which are vertical. Blocks narrower than a
// vector merge with their neighbours (E = H_B diag(W_1, W_2)), so every loop below runs over full vectors.
//
// Planes are [rows][ld]: plane 0 is x padded with zeros, plane j + 1 the output of stage j.
#pragma once

namespace {

// weight [n, b, b] of one stage to E as forward [blocks][in][out] and backward [blocks][out][in].
void bh4_fold(const LffnBh4Plan* p, const float* weight, float* forward, float* backward) {
  const lffn_int B = p->block, b = p->original_block;
  const lffn_int real = min_int(B, p->padded);
  for (lffn_int t = 0; t < p->blocks; t++) {
    float* e = backward + t * B * B;
    for (lffn_int i = 0; i < B * B; i++) e[i] = 0.0f;
    for (lffn_int s = 0; s < real; s += b) {
      for (lffn_int o = 0; o < b; o++) {
        for (lffn_int i = 0; i < b; i++) e[(s + o) * B + s + i] = *weight++;
      }
    }
    butterflies(e, real, B);
    float* f = forward + t * B * B;
    for (lffn_int o = 0; o < B; o++) {
      for (lffn_int i = 0; i < B; i++) f[i * B + o] = e[o * B + i];
    }
  }
}

// dE (destroyed) of one stage, [blocks][out][in], adds H dE's diagonal blocks to dweight.
void bh4_unfold(const LffnBh4Plan* p, float* dfolded, float* dweight) {
  const lffn_int B = p->block, b = p->original_block;
  const lffn_int real = min_int(B, p->padded);
  for (lffn_int t = 0; t < p->blocks; t++) {
    float* e = dfolded + t * B * B;
    butterflies(e, real, B);
    for (lffn_int s = 0; s < real; s += b) {
      for (lffn_int o = 0; o < b; o++) {
        for (lffn_int i = 0; i < b; i++) *dweight++ += e[(s + o) * B + s + i];
      }
    }
  }
}

template <typename E>
LFFN_INLINE void tile_product_of_block(const TileProductOf<E>& t) {
  // The common block sizes have their depth fixed at compile time.
  switch (t.k) {
    case 8: return tile_product<8, E>(t);
    case 16: return tile_product<16, E>(t);
    case 32: return tile_product<32, E>(t);
    case 64: return tile_product<64, E>(t);
    default: return tile_product<0, E>(t);
  }
}

// y[:, t] = x[:, t] * matrix_t for the first `count` blocks; the rest of y is zero.
template <typename E>
LFFN_INLINE void block_product(const LffnBh4Plan* p, lffn_int rows, lffn_int count, const E* matrices, const float* x,
                               float* y) {
  const lffn_int B = p->block, ld = p->ld;
  for (lffn_int t = 0; t < count; t++) {
    // Large weights come from a far cache: the next block's are fetched while this one's are used. (Past the last block
    // lie the next stage's, or memory that is never read: a fetch cannot fault.)
    const E* matrix = matrices + t * B * B;
    tile_product_of_block<E>({rows, B, B, x + t * B, ld, 1, matrix, B, y + t * B, ld, false, matrix + B * B});
  }
  if (count == p->blocks) return;
  for (lffn_int r = 0; r < rows; r++) {
    for (lffn_int i = count * B; i < p->width; i += kW) vstore(y + r * ld + i, vzero());
  }
}

// Blocks that x reaches: the padding beyond them is zero and the first stage skips it.
LFFN_INLINE lffn_int blocks_with_input(const LffnBh4Plan* p) { return (p->hidden + p->block - 1) / p->block; }

template <typename E>
const float* bh4_forward_of(const LffnBh4Plan* p, const E* folded, lffn_int rows, const float* x, float* planes,
                            int32_t keep) {
  const lffn_int plane = rows * p->ld;
  for (lffn_int r = 0; r < rows; r++) {
    float* to = planes + r * p->ld;
    for (lffn_int i = 0; i < p->hidden; i++) to[i] = x[r * p->hidden + i];
    for (lffn_int i = p->hidden; i < p->width; i++) to[i] = 0.0f;
  }
  const float* from = planes;
  for (lffn_int j = 0; j < p->stages; j++) {
    float* to = planes + plane * (keep ? j + 1 : 1 + (j & 1));
    const lffn_int count = j == 0 ? blocks_with_input(p) : p->blocks;
    block_product(p, rows, count, folded + j * p->width * p->block, from, to);
    for (lffn_int r = 0; r < rows; r++) butterflies(to + r * p->ld, p->blocks, p->block);
    from = to;
  }
  return from;
}

const float* bh4_forward(const LffnBh4Plan* p, const void* folded, lffn_int rows, const float* x, float* planes,
                         int32_t keep) {
  return p->bf16 ? bh4_forward_of(p, static_cast<const uint16_t*>(folded), rows, x, planes, keep)
                 : bh4_forward_of(p, static_cast<const float*>(folded), rows, x, planes, keep);
}

// dv: gradient of the last plane, destroyed. Adds to dfolded [stages][blocks][out][in] when given; returns the gradient
// of plane 0, in dv or in spare.
const float* bh4_backward(const LffnBh4Plan* p, const float* folded, lffn_int rows, const float* planes, float* dv,
                          float* spare, float* dfolded) {
  const lffn_int B = p->block, ld = p->ld;
  for (lffn_int j = p->stages - 1; j >= 0; j--) {
    const lffn_int count = j == 0 ? blocks_with_input(p) : p->blocks;
    for (lffn_int r = 0; r < rows; r++) butterflies(dv + r * ld, p->blocks, B);
    if (dfolded) {
      const float* v = planes + j * rows * ld;
      float* de = dfolded + j * p->width * B;
      for (lffn_int t = 0; t < count; t++) {
        tile_product<0>({B, B, rows, dv + t * B, 1, ld, v + t * B, ld, de + t * B * B, B, true});
      }
    }
    block_product(p, rows, count, folded + j * p->width * B, dv, spare);
    float* swap = dv;
    dv = spare;
    spare = swap;
  }
  return dv;
}

// z = 0.7 v + 0.3 x + bias for the columns of z that this repeat makes (conventions 3).
void project_finish(const LffnBh4Plan* p, lffn_int rows, lffn_int repeat, const float* v, const float* x,
                    const float* bias, lffn_int code_bits, float* z) {
  const lffn_int first = repeat * p->padded;
  const lffn_int n = min_int(p->padded, code_bits - first);
  const lffn_int mixed = min_int(n, p->hidden);
  const V main = vset(0.7f), rest = vset(0.3f);
  for (lffn_int r = 0; r < rows; r++) {
    const float* from = v + r * p->ld;
    const float* input = x + r * p->hidden;
    const float* add = bias + first;
    float* to = z + r * code_bits + first;
    lffn_int i = 0;
    for (; i + kW <= mixed; i += kW) {
      vstore(to + i, vadd(vfma(main, vload(from + i), vmul(rest, vload(input + i))), vload(add + i)));
    }
    for (; i < mixed; i += kW) {
      const int some = static_cast<int>(min_int(kW, mixed - i));
      V sum = vfma(main, vload_n(from + i, some), vmul(rest, vload_n(input + i, some)));
      vstore_n(to + i, vadd(sum, vload_n(add + i, some)), some);
    }
    for (i = mixed; i < n; i++) to[i] = 0.7f * from[i] + add[i];
  }
}

// dv = 0.7 dz, padded with zeros; dx += 0.3 dz.
void project_start_backward(const LffnBh4Plan* p, lffn_int rows, lffn_int repeat, const float* dz, lffn_int code_bits,
                            float* dv, float* dx) {
  const lffn_int first = repeat * p->padded;
  const lffn_int n = min_int(p->padded, code_bits - first);
  for (lffn_int r = 0; r < rows; r++) {
    const float* from = dz + r * code_bits + first;
    float* to = dv + r * p->ld;
    for (lffn_int i = 0; i < n; i++) to[i] = 0.7f * from[i];
    for (lffn_int i = n; i < p->width; i++) to[i] = 0.0f;
    if (!dx) continue;
    float* add = dx + r * p->hidden;
    const lffn_int mixed = min_int(n, p->hidden);
    for (lffn_int i = 0; i < mixed; i++) add[i] += 0.3f * from[i];
  }
}

}  // namespace
