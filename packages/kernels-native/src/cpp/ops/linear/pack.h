// Packing for the matrix product: B into panels once, A into groups of rows per block. Either operand may lie along its
// depth or across it; the first way is transposed square by square in registers.
#pragma once

namespace {

constexpr int kPanel = kGemmVecs * kW;
// Otherwise a group's second square would overwrite the next line's start after it was written (transpose_lines).
static_assert(kGemmRows <= kW || kGemmRows % kW == 0);

// `columns` lines of x, `stride` floats apart and running along the depth, to to[k * width + column] for kW columns and k
// from 0 to depth; the columns beyond are zero. Whole vectors are stored: up to kW - 1 floats of each next line's start
// are overwritten before they are written, which asks for that slack after the last.
LFFN_INLINE void transpose_lines(lffn_int columns, lffn_int depth, const float* x, lffn_int stride, lffn_int width,
                                 float* to) {
  lffn_int k = 0;
  for (; k + kW <= depth; k += kW) {
    V square[kW];
    LFFN_UNROLL for (int c = 0; c < kW; c++) square[c] = c < columns ? vload(x + c * stride + k) : vzero();
    vtranspose(square);
    LFFN_UNROLL for (int c = 0; c < kW; c++) vstore(to + (k + c) * width, square[c]);
  }
  for (; k < depth; k++) {
    float line[kW];
    for (int c = 0; c < kW; c++) line[c] = c < columns ? x[c * stride + k] : 0.0f;
    vstore(to + k * width, vload(line));
  }
}

// Rows of B that lie across its depth are packed this many at a time, all panels of them: each row is then read from end
// to end, which the hardware foresees.
constexpr lffn_int kPackDepth = 8;
// How many depths ahead the short pieces of A's lines are fetched, which it does not foresee.
constexpr lffn_int kPackAhead = 8;

// One vector's width of a panel, from the first column that `from` points at.
LFFN_INLINE void pack_columns(lffn_int columns, lffn_int k, const float* from, lffn_int b_depth, lffn_int b_column,
                              float* to) {
  if (columns <= 0) {
    for (lffn_int i = 0; i < k; i++) vstore(to + i * kPanel, vzero());
  } else if (b_column != 1) {
    transpose_lines(columns, k, from, b_column, kPanel, to);
  } else if (columns >= kW) {
    for (lffn_int i = 0; i < k; i++) vstore(to + i * kPanel, vload(from + i * b_depth));
  } else {
    for (lffn_int i = 0; i < k; i++) vstore(to + i * kPanel, vload_n(from + i * b_depth, static_cast<int>(columns)));
  }
}

// n columns of B, element (k, j) at b[k * b_depth + j * b_column], into panels of [k][kPanel], `stride` floats apart.
LFFN_INLINE void pack_panels(lffn_int n, lffn_int k, const float* b, lffn_int b_depth, lffn_int b_column,
                             lffn_int stride, float* packed) {
  const lffn_int depth = b_column == 1 ? kPackDepth : k;
  for (lffn_int d = 0; d < k; d += depth) {
    const lffn_int some = min_int(depth, k - d);
    for (lffn_int j = 0; j < n; j += kPanel) {
      float* to = packed + j / kPanel * stride + d * kPanel;
      for (int v = 0; v < kGemmVecs; v++) {
        const lffn_int column = j + v * kW;
        pack_columns(min_int(kW, n - column), some, b + d * b_depth + column * b_column, b_depth, b_column, to + v * kW);
      }
    }
  }
}

void gemm_pack(lffn_int n, lffn_int k, const float* b, lffn_int b_depth, lffn_int b_column, float* packed) {
  pack_panels(n, k, b, b_depth, b_column, k * kPanel, packed);
}

// Scratch is written across panels and groups, so these stand a cache line off each other: at a multiple of 4 KB all of
// them would share one set.
LFFN_INLINE lffn_int panel_stride(lffn_int depth) { return depth * kPanel + 16; }
LFFN_INLINE lffn_int group_stride(lffn_int depth) { return round_up(depth * kGemmRows, 16) + 16; }

// m rows of A, element (i, d) at a[i * a_row + d * a_depth], into groups of kGemmRows: [d][kGemmRows], group_stride(k)
// apart. One of the strides of A is 1. Needs kW floats of slack after the last group.
void gemm_pack_rows(lffn_int m, lffn_int k, const float* a, lffn_int a_row, lffn_int a_depth, float* packed) {
  const lffn_int group = group_stride(k);
  if (a_depth == 1) {
    for (lffn_int i = 0; i < m; i += kGemmRows) {
      for (int r = 0; r < kGemmRows && i + r < m; r += kW) {
        const lffn_int rows = min_int(min_int(kW, kGemmRows - r), m - i - r);
        transpose_lines(rows, k, a + (i + r) * a_row, a_row, kGemmRows, packed + i / kGemmRows * group + r);
      }
    }
    return;
  }
  // Along the rows first: at each depth they lie side by side, and the next depth may be a page away. A whole vector may
  // reach into the next depth, which is written later, and past the last one into the room between groups.
  for (lffn_int d = 0; d < k; d++) {
    const float* from = a + d * a_depth;
    float* to = packed + d * kGemmRows;
    for (lffn_int i = 0; i < m; i += 16) vprefetch(from + kPackAhead * a_depth + i);
    lffn_int i = 0;
    for (; i + round_up(kGemmRows, kW) <= m; i += kGemmRows, to += group) {
      for (int r = 0; r < kGemmRows; r += kW) vstore(to + r, vload(from + i + r));
    }
    for (; i < m; i += kGemmRows, to += group) {
      for (lffn_int r = 0; r < min_int(kGemmRows, m - i); r++) to[r] = from[i + r];
    }
  }
}

}  // namespace
