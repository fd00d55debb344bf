// The packed matrix product behind linear, forward and backward: the loops of BLIS (Van Zee and van de Geijn, "BLIS: A
// Framework for Rapidly Instantiating BLAS Functionality", 2015) around the tile of isa/tile.h.
//
// B lies in panels of kPanel columns, each [depth][kPanel] and zero-padded, so that a panel's slice of depth kc stays in the
// first cache level while the rows of A pass by. Whoever multiplies by it more than once packs it whole beforehand; a B
// that is as deep as a batch is long is packed here, slice by slice, and read back before it leaves the second level.
// A is packed per block in groups of kGemmRows, [depth][rows]. (Reading it where it lies saves the packing and loses more:
// kGemmRows short streams in place of one.) What is packed next is fetched tile by tile while the products run.
#pragma once
#include "fetch.h"
#include "pack.h"

namespace {

// Depth of one pass and rows of one A block: the panel slice fits a 32 KB L1; the block, what is fetched of the next and a
// slice of 256 columns of B fit a 512 KB L2.
constexpr lffn_int kMaxDepth = 256;
constexpr lffn_int kMaxRows = 72 / kGemmRows * kGemmRows;

// Cache lines of B that one step of k reads.
constexpr int kPanelLines = (kPanel + 15) / 16;

// Columns of B that are packed at a time: a slice of them is the second level's, or just beyond it.
constexpr lffn_int kMaxColumns = 512 / kPanel * kPanel;

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

lffn_int gemm_scratch() {
  const lffn_int a = kMaxRows / kGemmRows * group_stride(kMaxDepth) + kW;
  return round_up(a, 16) + kMaxColumns / kPanel * panel_stride(kMaxDepth);
}

// Part of a block: m rows from i0 and n columns from j0 of C, over one slice of the depth.
struct GemmPart {
  lffn_int i0, m, j0, n, d, depth;
  const float* b;  // the slice in the first panel, and how far apart panels are
  lffn_int b_panel;
};

void gemm_part(const LffnGemmBlock* g, const GemmPart& p, Fetch& rows, Fetch& slice, lffn_int slice_parts) {
  const lffn_int tiles = (p.m + kGemmRows - 1) / kGemmRows * ((p.n + kPanel - 1) / kPanel);
  const lffn_int rows_a_tile = (rows.cache_lines() + tiles - 1) / tiles;
  const lffn_int slice_a_tile = (slice.cache_lines() + tiles * slice_parts - 1) / (tiles * slice_parts);
  const lffn_int group = group_stride(p.depth);
  const bool first = p.d == 0, last = p.d + p.depth == g->k;
  gemm_pack_rows(p.m, p.depth, g->a + p.i0 * g->a_row + p.d * g->a_depth, g->a_row, g->a_depth, g->scratch);
  for (lffn_int j = 0; j < p.n; j += kPanel) {
    MicroTile t;
    t.depth = p.depth;
    t.n = min_int(kPanel, p.n - j);
    t.b = p.b + j / kPanel * p.b_panel;
    t.ldc = g->ldc;
    t.bias = first && g->bias ? g->bias + p.j0 + j : nullptr;
    t.add = g->accumulate || !first;
    float* c = g->c + p.i0 * g->ldc + p.j0 + j;
    for (lffn_int i = 0; i < p.m; i += kGemmRows) {
      rows.some(rows_a_tile);
      slice.some(slice_a_tile);
      t.a = g->scratch + i / kGemmRows * group;
      // The first rows of a panel fetch the next panel's slice.
      t.ahead = i == 0 && j + kPanel < p.n ? t.b + p.b_panel : nullptr;
      t.c = c + i * g->ldc;
      gemm_micro_rows<kGemmRows>(min_int(kGemmRows, p.m - i), t);
    }
    if (last && g->gelu) gelu_block(p.m, t.n, c, g->ldc);
  }
}

void gemm_block(const LffnGemmBlock* g) {
  const lffn_int passes = (g->k + kMaxDepth - 1) / kMaxDepth;
  const lffn_int depth = passes > 0 ? (g->k + passes - 1) / passes : 0;
  const lffn_int row_blocks = (g->m + kMaxRows - 1) / kMaxRows;
  const lffn_int rows = row_blocks > 0 ? round_up((g->m + row_blocks - 1) / row_blocks, kGemmRows) : 0;
  Fetch none{nullptr, 0, 1, 0};
  if (g->b_depth == 0) {
    for (lffn_int i = 0; i < g->m; i += rows) {
      const lffn_int m = min_int(rows, g->m - i);
      for (lffn_int d = 0; d < g->k; d += depth) {
        const lffn_int kc = min_int(depth, g->k - d);
        const bool last = d + kc == g->k;
        // Past the block's last rows lie most often those of the next.
        Fetch next = fetch_rows(g, last ? i + m : i, m, last ? 0 : d + kc, kc);
        gemm_part(g, {i, m, 0, g->n, d, kc, g->b + d * kPanel, g->k * kPanel}, next, none, 1);
      }
    }
    return;
  }
  float* b = g->scratch + round_up(kMaxRows / kGemmRows * group_stride(kMaxDepth) + kW, 16);
  for (lffn_int j = 0; j < g->n; j += kMaxColumns) {
    const lffn_int columns = min_int(kMaxColumns, g->n - j);
    for (lffn_int d = 0; d < g->k; d += depth) {
      const lffn_int kc = min_int(depth, g->k - d);
      pack_panels(columns, kc, g->b + d * g->b_depth + j * g->b_column, g->b_depth, g->b_column, panel_stride(kc), b);
      const bool deeper = d + kc < g->k;
      Fetch slice = fetch_slice(g, deeper ? d + kc : 0, depth, deeper ? j : j + columns, kMaxColumns);
      for (lffn_int i = 0; i < g->m; i += rows) {
        const lffn_int m = min_int(rows, g->m - i);
        const bool last = i + m == g->m;
        Fetch next = fetch_rows(g, last ? 0 : i + m, m, last ? d + kc : d, last ? min_int(depth, g->k - d - kc) : kc);
        gemm_part(g, {i, m, j, columns, d, kc, b, panel_stride(kc)}, next, slice, row_blocks);
      }
    }
  }
}

}  // namespace
