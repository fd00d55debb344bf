// What a product packs next, asked for while it runs: packing reads many short lines, each of which the hardware would
// begin to foresee when it ends. An address past the operand's end is harmless, for nothing is read.
#pragma once

namespace {

// Fetches lines of `floats` floats, `stride` apart, a few cache lines at a time.
struct Fetch {
  const float* from;
  lffn_int lines, floats, stride, at = 0;

  LFFN_MEMBER void some(lffn_int count) {
    for (; count > 0 && lines > 0; count--) {
      vprefetch_l2(from + at);
      at += 16;
      if (at >= floats) {
        at = 0;
        from += stride;
        lines--;
      }
    }
  }
  LFFN_MEMBER lffn_int cache_lines() const { return lines * ((floats + 15) / 16); }
};

// Rows from i on, over the depth from d on, of A as it is given.
LFFN_INLINE Fetch fetch_rows(const LffnGemmBlock* g, lffn_int i, lffn_int m, lffn_int d, lffn_int depth) {
  const float* from = g->a + i * g->a_row + d * g->a_depth;
  return g->a_depth == 1 ? Fetch{from, m, depth, g->a_row} : Fetch{from, depth, m, g->a_depth};
}

// The same of B; nothing where it has ended.
LFFN_INLINE Fetch fetch_slice(const LffnGemmBlock* g, lffn_int d, lffn_int depth, lffn_int j, lffn_int columns) {
  depth = min_int(depth, g->k - d);
  columns = min_int(columns, g->n - j);
  if (columns <= 0) return {nullptr, 0, 1, 0};
  const float* from = g->b + d * g->b_depth + j * g->b_column;
  return g->b_column == 1 ? Fetch{from, depth, columns, g->b_depth} : Fetch{from, columns, depth, g->b_column};
}

}  // namespace
