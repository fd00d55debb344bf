// Gather: y = bias + sum over tables and cells of weight * row (conventions 6).
#pragma once
#include "rows.h"
#include "bytes.h"

namespace {

// Table rows summed per pass over the output: y is loaded and stored once for eight of them.
constexpr int kGatherRows = 8;

// Table rows that are read together, and their weights. Places beyond the count hold the first row, for whoever fetches.
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
    for (int i = group.count; i < kGatherRows; i++) group.rows[i] = group.rows[0];
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

// Rows to fetch while a group is summed, a line of each in turn: rows lie anywhere in tables that no cache holds, and the
// hardware follows eight streams too late. The next group's go to the nearest cache. A fetch that finds all of the core's
// buffers for misses taken is dropped, so byte rows are asked for a group earlier too, into the second cache: 3 to 5%.
// Wider rows gain nothing by it: they wait for memory alone. Single rows fetch nothing.
template <typename Rows>
struct Fetches {
  const typename Rows::Element* const* next;
  const typename Rows::Element* const* after;
  LFFN_MEMBER void line(int g, lffn_int at) const {
    vprefetch(next[g] + at);
    if constexpr (Rows::kBytes) vprefetch_l2(after[g] + at);
  }
};

// y += sum of weight * row.
template <typename Rows, int G>
LFFN_INLINE void gather_group(const typename Rows::Element* const* rows, const float* weights, lffn_int out, float* y,
                              const Fetches<Rows>& fetches) {
  constexpr int kVecs = line_vecs<Rows>();
  constexpr lffn_int kLine = 64 / sizeof(typename Rows::Element);
  V w[G];
  LFFN_UNROLL for (int g = 0; g < G; g++) w[g] = vset(weights[g]);
  lffn_int j = 0;
  for (; j + kVecs * kW <= out; j += kVecs * kW) {
    V sum[kVecs];
    LFFN_UNROLL for (int v = 0; v < kVecs; v++) sum[v] = vload(y + j + v * kW);
    LFFN_UNROLL for (int g = 0; g < G; g++) {
      if (G > 1 && (kVecs * kW == kLine || j % kLine == 0)) fetches.line(g, j);
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
template <int G>
LFFN_INLINE void gather_int4_group(const uint8_t* const* rows, const float* weights, lffn_int out, float* y,
                                   const Fetches<I4Rows>& fetches) {
  constexpr int kHalf = kInt4Group / 2, kVecs = kHalf / kW < 2 ? 1 : 2;
  float tail[kInt4Group];
  for (lffn_int j = 0, at = 0; j < out; j += kInt4Group, at += kInt4Bytes) {
    float scales[G];
    for (int g = 0; g < G; g++) {
      if (G > 1 && at % 64 < kInt4Bytes) fetches.line(g, at);
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

template <typename Rows, int G>
LFFN_INLINE void gather_some(const typename Rows::Element* const* rows, const float* weights, lffn_int out, float* y,
                             const Fetches<Rows>& fetches) {
  if constexpr (Rows::kGrouped) {
    gather_int4_group<G>(rows, weights, out, y, fetches);
  } else if constexpr (Rows::kBytes && G == kByteRows) {
    gather_bytes(rows, weights, out, y, fetches);
  } else {
    gather_group<Rows, G>(rows, weights, out, y, fetches);
  }
}

template <typename Rows>
void gather_rows(const LffnGather* g) {
  const lffn_int entries = g->tables * g->cells, out = g->out;
  const lffn_int groups = g->rows * ((entries + kGatherRows - 1) / kGatherRows);
  if (groups == 0) return;
  // This group and the two after it; at the end the last one stands in for those.
  constexpr int kAhead = 2, kRing = 4;
  GroupWalk<Rows> walk(*g);
  RowGroup<Rows> ring[kRing];
  lffn_int walked = 0;
  const auto advance = [&] {
    if (walked < groups) {
      walk.next(ring[walked & (kRing - 1)]);
    } else {
      ring[walked & (kRing - 1)] = ring[(walked - 1) & (kRing - 1)];
    }
    walked++;
  };
  for (int i = 0; i < kAhead; i++) advance();
  lffn_int done = 0;
  for (lffn_int r = 0; r < g->rows; r++) {
    float* y = g->y + r * g->y_stride;
    if (!g->accumulate) {
      for (lffn_int j = 0; j < out; j++) y[j] = g->bias ? g->bias[j] : 0.0f;
    }
    for (lffn_int q = 0; q < entries; q += kGatherRows, done++) {
      advance();
      const RowGroup<Rows>& now = ring[done & (kRing - 1)];
      const Fetches<Rows> fetches{ring[(done + 1) & (kRing - 1)].rows, ring[(done + 2) & (kRing - 1)].rows};
      if (now.count == kGatherRows) {
        gather_some<Rows, kGatherRows>(now.rows, now.weights, out, y, fetches);
      } else {
        for (int i = 0; i < now.count; i++) gather_some<Rows, 1>(now.rows + i, now.weights + i, out, y, fetches);
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
