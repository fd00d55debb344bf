// Gather: y = bias + sum over tables and cells of weight * row (conventions 6), and its three gradients.
#pragma once

namespace {

// Table rows summed per pass over the output: y is loaded and stored once for eight of them.
constexpr int kGatherRows = 8;
// Vectors in a cache line's worth of a row.
constexpr int kLineVecs = kW >= 16 ? 1 : kW >= 8 ? 2 : 4;
constexpr lffn_int kLine = kLineVecs * kW;

// The table rows that are read together.
struct RowGroup {
  int count;
  const float* rows[kGatherRows];
};

// Walks the entries of a batch of rows in groups of at most eight, none across a row's end.
class GroupWalk {
 public:
  explicit GroupWalk(const LffnGather& g)
      : entries_(g.tables * g.cells), skip_(g.stride - entries_), table_floats_(g.table_cells * g.out),
        cells_(g.cells), out_(g.out), index_(g.index), values_(g.values), table_(g.values) {}

  LFFN_MEMBER void next(RowGroup& g) {
    const lffn_int left = entries_ - entry_;
    g.count = left < kGatherRows ? static_cast<int>(left) : kGatherRows;
    for (int i = 0; i < g.count; i++) {
      g.rows[i] = table_ + index_[i] * out_;
      if (++cell_ == cells_) cell_ = 0, table_ += table_floats_;
    }
    index_ += g.count;
    entry_ += g.count;
    if (entry_ == entries_) entry_ = 0, table_ = values_, index_ += skip_;
  }

 private:
  lffn_int entries_, skip_, table_floats_, cells_, out_;
  const int32_t* index_;
  const float* values_;
  const float* table_;
  lffn_int entry_ = 0, cell_ = 0;
};

// y += sum of weight * row. While one group is summed the lines of the next are fetched: rows lie anywhere in tables that
// no cache holds, and the hardware follows eight streams too late.
template <int G, bool Ahead>
LFFN_INLINE void gather_group(const float* const* rows, const float* weights, lffn_int out, float* y,
                              const float* const* ahead) {
  V w[G];
  LFFN_UNROLL for (int g = 0; g < G; g++) w[g] = vset(weights[g]);
  lffn_int j = 0;
  for (; j + kLine <= out; j += kLine) {
    V sum[kLineVecs];
    LFFN_UNROLL for (int v = 0; v < kLineVecs; v++) sum[v] = vload(y + j + v * kW);
    LFFN_UNROLL for (int g = 0; g < G; g++) {
      if (Ahead) vprefetch(ahead[g] + j);
      LFFN_UNROLL for (int v = 0; v < kLineVecs; v++) sum[v] = vfma(w[g], vload(rows[g] + j + v * kW), sum[v]);
    }
    LFFN_UNROLL for (int v = 0; v < kLineVecs; v++) vstore(y + j + v * kW, sum[v]);
  }
  for (; j < out; j += kW) {
    const int some = static_cast<int>(min_int(kW, out - j));
    V sum = load_lanes(y + j, some);
    LFFN_UNROLL for (int g = 0; g < G; g++) sum = vfma(w[g], load_lanes(rows[g] + j, some), sum);
    store_lanes(y + j, sum, some);
  }
}

void gather(const LffnGather* g) {
  const lffn_int entries = g->tables * g->cells, out = g->out;
  const lffn_int groups = g->rows * ((entries + kGatherRows - 1) / kGatherRows);
  if (groups == 0) return;
  GroupWalk walk(*g);
  RowGroup now, next;
  walk.next(next);
  lffn_int done = 0;
  for (lffn_int r = 0; r < g->rows; r++) {
    float* y = g->y + r * out;
    const float* weights = g->weights + r * g->stride;
    if (!g->accumulate) {
      for (lffn_int j = 0; j < out; j++) y[j] = g->bias ? g->bias[j] : 0.0f;
    }
    for (lffn_int q = 0; q < entries; q += now.count) {
      now = next;
      const bool more = ++done < groups;
      if (more) walk.next(next);
      if (now.count == kGatherRows && more && next.count == kGatherRows) {
        gather_group<kGatherRows, true>(now.rows, weights + q, out, y, next.rows);
      } else if (now.count == kGatherRows) {
        gather_group<kGatherRows, false>(now.rows, weights + q, out, y, nullptr);
      } else {
        for (int i = 0; i < now.count; i++) gather_group<1, false>(now.rows + i, weights + q + i, out, y, nullptr);
      }
    }
  }
}

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
