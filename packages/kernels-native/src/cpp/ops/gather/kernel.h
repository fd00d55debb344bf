// Gather: y = bias + sum over tables and cells of weight * row (conventions 6).
#pragma once
#include "rows.h"
#include "bytes.h"

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

// The same for groups of four-bit numbers, whose scales differ along a row.
template <int G, bool Ahead>
LFFN_INLINE void gather_int4_group(const uint8_t* const* rows, const float* weights, lffn_int out, float* y,
                                   const uint8_t* const* ahead) {
  constexpr int kHalf = kInt4Group / 2, kVecs = kHalf / kW < 2 ? 1 : 2;
  float tail[kInt4Group];
  for (lffn_int j = 0, at = 0; j < out; j += kInt4Group, at += kInt4Bytes) {
    float scales[G];
    for (int g = 0; g < G; g++) {
      if (Ahead && at % 64 < kInt4Bytes) vprefetch(ahead[g] + at);
      scales[g] = weights[g] * int4_scale(rows[g] + at);
    }
    const bool whole = out - j >= kInt4Group;
    float* to = whole ? y + j : tail;
    if (!whole) {
      for (lffn_int i = 0; i < kInt4Group; i++) tail[i] = j + i < out ? y[j + i] : 0.0f;
    }
    for (int i = 0; i < kHalf; i += kVecs * kW) {
      V low_sum[kVecs], high_sum[kVecs];
      LFFN_UNROLL for (int v = 0; v < kVecs; v++) {
        low_sum[v] = vload(to + i + v * kW);
        high_sum[v] = vload(to + kHalf + i + v * kW);
      }
      LFFN_UNROLL for (int g = 0; g < G; g++) {
        const V w = vset(scales[g]);
        LFFN_UNROLL for (int v = 0; v < kVecs; v++) {
          V low, high;
          int4_parts(rows[g] + at + 2 + i + v * kW, &low, &high);
          low_sum[v] = vfma(w, low, low_sum[v]);
          high_sum[v] = vfma(w, high, high_sum[v]);
        }
      }
      LFFN_UNROLL for (int v = 0; v < kVecs; v++) {
        vstore(to + i + v * kW, low_sum[v]);
        vstore(to + kHalf + i + v * kW, high_sum[v]);
      }
    }
    if (!whole) {
      for (lffn_int i = 0; j + i < out; i++) y[j + i] = tail[i];
    }
  }
}

template <typename Rows, int G, bool Ahead>
LFFN_INLINE void gather_some(const typename Rows::Element* const* rows, const float* weights, lffn_int out, float* y,
                             const typename Rows::Element* const* ahead) {
  if constexpr (Rows::kGrouped) {
    gather_int4_group<G, Ahead>(rows, weights, out, y, ahead);
  } else if constexpr (Rows::kBytes && G == kByteRows) {
    gather_bytes<Ahead>(rows, weights, out, y, ahead);
  } else {
    gather_group<Rows, G, Ahead>(rows, weights, out, y, ahead);
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
    float* y = g->y + r * g->y_stride;
    if (!g->accumulate) {
      for (lffn_int j = 0; j < out; j++) y[j] = g->bias ? g->bias[j] : 0.0f;
    }
    for (lffn_int q = 0; q < entries; q += kGatherRows) {
      const RowGroup<Rows>& now = two[done & 1];
      RowGroup<Rows>& next = two[~done & 1];
      const bool more = ++done < groups;
      if (more) walk.next(next);
      if (now.count == kGatherRows && more && next.count == kGatherRows) {
        gather_some<Rows, kGatherRows, true>(now.rows, now.weights, out, y, next.rows);
      } else if (now.count == kGatherRows) {
        gather_some<Rows, kGatherRows, false>(now.rows, now.weights, out, y, nullptr);
      } else {
        for (int i = 0; i < now.count; i++) {
          gather_some<Rows, 1, false>(now.rows + i, now.weights + i, out, y, nullptr);
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
    case LFFN_I4: return gather_rows<I4Rows>(g);
    default: return gather_rows<F32Rows>(g);
  }
}

}  // namespace
