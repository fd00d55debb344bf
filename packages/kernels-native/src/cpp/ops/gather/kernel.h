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

template <int G>
LFFN_INLINE void dot_group(const float* const* rows, lffn_int n, const float* dy, float* add) {
  V sum[G];
  LFFN_UNROLL for (int g = 0; g < G; g++) sum[g] = vzero();
  over_lanes(n, [&](lffn_int j, int lanes) {
    const V d = load_lanes(dy + j, lanes);
    LFFN_UNROLL for (int g = 0; g < G; g++) sum[g] = vfma(d, load_lanes(rows[g] + j, lanes), sum[g]);
  });
  LFFN_UNROLL for (int g = 0; g < G; g++) add[g] += vsum(sum[g]);
}

// dweights += the dot product of dy with each row read.
void gather_dweights(lffn_int rows, lffn_int tables, lffn_int table_cells, lffn_int cells, lffn_int out,
                     const int32_t* index, const float* values, const float* dy, float* dweights) {
  const lffn_int entries = tables * cells;
  GroupWalk walk({rows, tables, table_cells, cells, out, entries, index, nullptr, values, nullptr, 0, nullptr});
  RowGroup group;
  for (lffn_int r = 0; r < rows; r++, dy += out) {
    for (lffn_int q = 0; q < entries; q += group.count) {
      walk.next(group);
      if (group.count == kGatherRows) {
        dot_group<kGatherRows>(group.rows, out, dy, dweights);
      } else {
        for (int g = 0; g < group.count; g++) dot_group<1>(group.rows + g, out, dy, dweights + g);
      }
      dweights += group.count;
    }
  }
}

// dtable[cell] += weight * dy for one table; `stride` index entries from row to row. A table belongs to one thread and
// its rows come in order, so the sum needs no atomics and is the same for any number of threads.
void gather_dtable(lffn_int rows, lffn_int stride, lffn_int cells, lffn_int out, const int32_t* index,
                   const float* weights, const float* dy, float* dtable) {
  for (lffn_int r = 0; r < rows; r++) {
    const float* from = dy + r * out;
    for (lffn_int c = 0; c < cells; c++) {
      float* to = dtable + index[r * stride + c] * out;
      gather_group<1, false>(&from, weights + r * stride + c, out, to, nullptr);
    }
  }
}

}  // namespace
