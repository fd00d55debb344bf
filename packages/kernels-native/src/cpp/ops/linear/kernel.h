// The packed matrix product behind linear, forward and backward: the loops of BLIS (Van Zee and van de Geijn, "BLIS: A
// Framework for Rapidly Instantiating BLAS Functionality", 2015) around the tile of isa/tile.h.
//
// B is packed once into panels of kPanel columns, each [k][kPanel] and zero-padded, so that a panel's slice of depth kc
// stays in the first cache level while the rows of A pass by. A is packed per block in groups of kGemmRows, [k][rows].
#pragma once
#include "pack.h"

namespace {

// Depth of one pass and rows of one A block: the panel slice fits a 32 KB L1, the block half a 512 KB L2.
constexpr lffn_int kMaxDepth = 256;
constexpr lffn_int kMaxRows = 144 / kGemmRows * kGemmRows;

// Cache lines of B that one step of k reads.
constexpr int kPanelLines = (kPanel + 15) / 16;

struct MicroTile {
  lffn_int depth, n;
  const float *a, *b;
  float* c;
  lffn_int ldc;
  const float* bias;   // columns of this panel, or null
  const float* ahead;  // what to fetch meanwhile, or null
  bool add;
};

template <int R, int Lines>
LFFN_INLINE void gemm_micro_with(const MicroTile& t) {
  // C comes from afar: asked for now, it is there when the sums are.
  LFFN_UNROLL for (int r = 0; r < R; r++) {
    vprefetch(t.c + r * t.ldc);
    vprefetch(t.c + r * t.ldc + t.n - 1);
  }
  V acc[R][kGemmVecs];
  tile_zero(acc);
  tile_accumulate<R, kGemmVecs, 0, Lines>(acc, t.depth, t.a, 1, kGemmRows, t.b, kPanel, t.ahead);
  if (t.bias) {
    LFFN_UNROLL for (int v = 0; v < kGemmVecs; v++) {
      const lffn_int left = t.n - v * kW;
      if (left <= 0) break;
      const V bias = left >= kW ? vload(t.bias + v * kW) : vload_n(t.bias + v * kW, static_cast<int>(left));
      LFFN_UNROLL for (int r = 0; r < R; r++) acc[r][v] = vadd(acc[r][v], bias);
    }
  }
  tile_store(acc, t.c, t.ldc, t.n, t.add);
}

template <int R>
void gemm_micro(const MicroTile& t) {
  if (t.ahead) {
    gemm_micro_with<R, kPanelLines>(t);
  } else {
    gemm_micro_with<R, 0>(t);
  }
}

template <int R>
LFFN_INLINE void gemm_micro_rows(lffn_int rows, const MicroTile& t) {
  if constexpr (R == 1) {
    gemm_micro<1>(t);
  } else if (rows == R) {
    gemm_micro<R>(t);
  } else {
    gemm_micro_rows<R - 1>(rows, t);
  }
}

void gelu_block(lffn_int m, lffn_int n, float* c, lffn_int ldc) {
  for (lffn_int i = 0; i < m; i++) {
    float* row = c + i * ldc;
    lffn_int j = 0;
    for (; j + kW <= n; j += kW) vstore(row + j, gelu_of(vload(row + j)));
    if (j < n) {
      const int some = static_cast<int>(n - j);
      vstore_n(row + j, gelu_of(vload_n(row + j, some)), some);
    }
  }
}

lffn_int gemm_scratch() { return kMaxRows * kMaxDepth + kW; }

void gemm_block(const LffnGemmBlock* g) {
  const lffn_int passes = (g->k + kMaxDepth - 1) / kMaxDepth;
  const lffn_int depth = passes > 0 ? (g->k + passes - 1) / passes : 0;
  const lffn_int row_blocks = (g->m + kMaxRows - 1) / kMaxRows;
  const lffn_int rows = row_blocks > 0 ? round_up((g->m + row_blocks - 1) / row_blocks, kGemmRows) : 0;
  for (lffn_int i0 = 0; i0 < g->m; i0 += rows) {
    const lffn_int m = min_int(rows, g->m - i0);
    for (lffn_int d = 0; d < g->k; d += depth) {
      const lffn_int kc = min_int(depth, g->k - d);
      const bool first = d == 0, last = d + kc == g->k;
      gemm_pack_rows(m, kc, g->a + i0 * g->a_row + d * g->a_depth, g->a_row, g->a_depth, g->scratch);
      for (lffn_int j = 0; j < g->n; j += kPanel) {
        MicroTile t;
        t.depth = kc;
        t.n = min_int(kPanel, g->n - j);
        t.b = g->b + j * g->k + d * kPanel;
        t.ldc = g->ldc;
        t.bias = first && g->bias ? g->bias + j : nullptr;
        t.add = g->accumulate || !first;
        float* c = g->c + i0 * g->ldc + j;
        for (lffn_int i = 0; i < m; i += kGemmRows) {
          t.a = g->scratch + i * kc;
          // The first rows of a panel fetch the next panel's slice, which lies k x kPanel floats on.
          t.ahead = i == 0 && j + kPanel < g->n ? t.b + g->k * kPanel : nullptr;
          t.c = c + i * g->ldc;
          gemm_micro_rows<kGemmRows>(min_int(kGemmRows, m - i), t);
        }
        if (last && g->gelu) gelu_block(m, t.n, c, g->ldc);
      }
    }
  }
}

// sums += the column sums of x. Sixty-four rows at a time are summed on their own first, which keeps the rounding error
// of long batches down.
void column_sums(lffn_int rows, lffn_int columns, const float* x, lffn_int ld, float* sums) {
  for (lffn_int i0 = 0; i0 < rows; i0 += 64) {
    const lffn_int end = min_int(rows, i0 + 64);
    for (lffn_int j = 0; j < columns; j += kW) {
      const lffn_int n = columns - j;
      V sum = vzero();
      if (n >= kW) {
        for (lffn_int i = i0; i < end; i++) sum = vadd(sum, vload(x + i * ld + j));
      } else {
        for (lffn_int i = i0; i < end; i++) sum = vadd(sum, vload_n(x + i * ld + j, static_cast<int>(n)));
      }
      store_columns(sums + j, sum, n, true);
    }
  }
}

}  // namespace
