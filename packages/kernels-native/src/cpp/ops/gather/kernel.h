// Gather: y = bias + sum over tables and cells of weight * row (conventions 6).
#pragma once
#include "rows.h"

namespace {

// Table rows summed per pass over the output: y is loaded and stored once for eight of them.
constexpr int kGatherRows = 8;

// Table rows that are read together, and their weights.
template <typename Rows>
struct RowGroup {
  int count;
  const typename Rows::Element* rows[kGatherRows];
  float weights[kGatherRows];
};

// Walks the entries of a batch of rows in groups of at most eight, none across a row's end.
template <typename Rows>
class GroupWalk {
  using Element = typename Rows::Element;

 public:
  explicit GroupWalk(const LffnGather& g)
      : g_(g), entries_(g.tables * g.cells), skip_(g.stride - entries_), index_(g.index), weights_(g.weights) {}

  LFFN_MEMBER void next(RowGroup<Rows>& group) {
    const lffn_int left = entries_ - entry_;
    const Element* values = static_cast<const Element*>(g_.values);
    group.count = left < kGatherRows ? static_cast<int>(left) : kGatherRows;
    for (int i = 0; i < group.count; i++) {
      const lffn_int row = first_ + index_[i];
      group.rows[i] = values + row * g_.row_stride;
      group.weights[i] = g_.scales ? weights_[i] * g_.scales[row] : weights_[i];
      if (++cell_ == g_.cells) cell_ = 0, first_ += g_.table_cells;
    }
    index_ += group.count;
    weights_ += group.count;
    entry_ += group.count;
    if (entry_ < entries_) return;
    entry_ = 0;
    first_ = 0;
    index_ += skip_;
    weights_ += skip_;
  }

 private:
  const LffnGather& g_;
  lffn_int entries_, skip_;
  const int32_t* index_;
  const float* weights_;
  lffn_int entry_ = 0, cell_ = 0, first_ = 0;
};

// y += sum of weight * row. While one group is summed the lines of the next are fetched: rows lie anywhere in tables that
// no cache holds, and the hardware follows eight streams too late.
template <typename Rows, int G, bool Ahead>
LFFN_INLINE void gather_group(const typename Rows::Element* const* rows, const float* weights, lffn_int out, float* y,
                              const typename Rows::Element* const* ahead) {
  constexpr int kVecs = line_vecs<Rows>();
  constexpr lffn_int kLine = 64 / sizeof(typename Rows::Element);
  V w[G];
  LFFN_UNROLL for (int g = 0; g < G; g++) w[g] = vset(weights[g]);
  lffn_int j = 0;
  for (; j + kVecs * kW <= out; j += kVecs * kW) {
    V sum[kVecs];
    LFFN_UNROLL for (int v = 0; v < kVecs; v++) sum[v] = vload(y + j + v * kW);
    LFFN_UNROLL for (int g = 0; g < G; g++) {
      if (Ahead && (kVecs * kW == kLine || j % kLine == 0)) vprefetch(ahead[g] + j);
      LFFN_UNROLL for (int v = 0; v < kVecs; v++) sum[v] = vfma(w[g], Rows::load(rows[g] + j + v * kW), sum[v]);
    }
    LFFN_UNROLL for (int v = 0; v < kVecs; v++) vstore(y + j + v * kW, sum[v]);
  }
  for (; j < out; j += kW) {
    const int some = static_cast<int>(min_int(kW, out - j));
    V sum = load_lanes(y + j, some);
    LFFN_UNROLL for (int g = 0; g < G; g++) sum = vfma(w[g], Rows::load_some(rows[g] + j, some), sum);
    store_lanes(y + j, sum, some);
  }
}

template <typename Rows>
void gather_rows(const LffnGather* g) {
  const lffn_int entries = g->tables * g->cells, out = g->out;
  const lffn_int groups = g->rows * ((entries + kGatherRows - 1) / kGatherRows);
  if (groups == 0) return;
  GroupWalk<Rows> walk(*g);
  RowGroup<Rows> two[2];
  walk.next(two[0]);
  lffn_int done = 0;
  for (lffn_int r = 0; r < g->rows; r++) {
    float* y = g->y + r * out;
    if (!g->accumulate) {
      for (lffn_int j = 0; j < out; j++) y[j] = g->bias ? g->bias[j] : 0.0f;
    }
    for (lffn_int q = 0; q < entries; q += kGatherRows) {
      const RowGroup<Rows>& now = two[done & 1];
      RowGroup<Rows>& next = two[~done & 1];
      const bool more = ++done < groups;
      if (more) walk.next(next);
      if (now.count == kGatherRows && more && next.count == kGatherRows) {
        gather_group<Rows, kGatherRows, true>(now.rows, now.weights, out, y, next.rows);
      } else if (now.count == kGatherRows) {
        gather_group<Rows, kGatherRows, false>(now.rows, now.weights, out, y, nullptr);
      } else {
        for (int i = 0; i < now.count; i++) {
          gather_group<Rows, 1, false>(now.rows + i, now.weights + i, out, y, nullptr);
        }
      }
    }
  }
}

void gather(const LffnGather* g) {
  switch (g->dtype) {
    case LFFN_BF16: return gather_rows<Bf16Rows>(g);
    case LFFN_F16: return gather_rows<F16Rows>(g);
    case LFFN_I8: return gather_rows<I8Rows>(g);
    default: return gather_rows<F32Rows>(g);
  }
}

}  // namespace
