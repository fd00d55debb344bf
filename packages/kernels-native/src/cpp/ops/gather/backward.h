// The gradients of a gather with respect to its weights and its tables.
#pragma once

namespace {

// Vectors in a cache line of floats.
constexpr int kLineVecs = kW >= 16 ? 1 : kW >= 8 ? 2 : 4;

// One entry: the dot product of dy with the row that was read, and weight * dy added to that row's gradient.
template <bool Dot, bool Add>
LFFN_INLINE float entry_backward(lffn_int out, const float* dy, const float* row, float weight, float* drow,
                                 const float* next_row, const float* next_drow) {
  constexpr int kVecs = 4;
  const V w = vset(weight);
  V sum[kVecs];
  LFFN_UNROLL for (int v = 0; v < kVecs; v++) sum[v] = vzero();
  lffn_int j = 0;
  for (; j + kVecs * kW <= out; j += kVecs * kW) {
    LFFN_UNROLL for (int v = 0; v < kVecs; v++) {
      const lffn_int at = j + v * kW;
      if (v % kLineVecs == 0) {
        if (Dot) vprefetch(next_row + at);
        if (Add) vprefetch(next_drow + at);
      }
      const V d = vload(dy + at);
      if (Dot) sum[v] = vfma(d, vload(row + at), sum[v]);
      if (Add) vstore(drow + at, vfma(w, d, vload(drow + at)));
    }
  }
  for (; j < out; j += kW) {
    const int some = static_cast<int>(min_int(kW, out - j));
    const V d = load_lanes(dy + j, some);
    if (Dot) sum[0] = vfma(d, load_lanes(row + j, some), sum[0]);
    if (Add) store_lanes(drow + j, vfma(w, d, load_lanes(drow + j, some)), some);
  }
  return Dot ? vsum(vadd(vadd(sum[0], sum[1]), vadd(sum[2], sum[3]))) : 0.0f;
}

template <bool Dot, bool Add>
void tables_backward(const LffnGatherBackward* g) {
  const lffn_int table_floats = g->table_cells * g->out, all = g->rows * g->tables * g->cells;
  const int32_t* index = g->index;
  // Offset in the tables of the entry that is `ahead`, walking cells, then tables, then rows.
  lffn_int cell = 0, table = 0, ahead = 0;
  const auto advance = [&] {
    ahead = table * table_floats + *index++ * g->out;
    if (++cell < g->cells) return;
    cell = 0;
    if (++table < g->tables) return;
    table = 0;
    index += g->stride - g->tables * g->cells;
  };
  if (all > 0) advance();
  lffn_int done = 0;
  for (lffn_int r = 0; r < g->rows; r++) {
    for (lffn_int q = 0; q < g->tables * g->cells; q++) {
      const lffn_int now = ahead, at = r * g->stride + q;
      if (++done < all) advance();
      const float dot = entry_backward<Dot, Add>(g->out, g->dy + r * g->out, g->values + now, g->weights[at],
                                                 Add ? g->dvalues + now : nullptr, g->values + ahead,
                                                 Add ? g->dvalues + ahead : nullptr);
      if (Dot) g->dweights[at] += dot;
    }
  }
}

// A table belongs to one thread and its rows come in order, so the sums need no atomics and are the same for any number
// of threads.
void gather_backward(const LffnGatherBackward* g) {
  if (g->dweights && g->dvalues) {
    tables_backward<true, true>(g);
  } else if (g->dweights) {
    tables_backward<true, false>(g);
  } else if (g->dvalues) {
    tables_backward<false, true>(g);
  }
}

}  // namespace
