// Gather: y = bias + sum over tables and cells of weight * row (conventions 6), and its three gradients.
#pragma once

namespace {

// Table rows summed per pass over the output: y is loaded and stored once for eight of them.
constexpr int kGatherRows = 8;

template <int G>
LFFN_INLINE void gather_group(const float* const* rows, const float* weights, lffn_int out, float* y) {
  V w[G];
  LFFN_UNROLL for (int g = 0; g < G; g++) w[g] = vset(weights[g]);
  lffn_int j = 0;
  for (; j + kW <= out; j += kW) {
    V sum = vload(y + j);
    LFFN_UNROLL for (int g = 0; g < G; g++) sum = vfma(w[g], vload(rows[g] + j), sum);
    vstore(y + j, sum);
  }
  if (j < out) {
    const int some = static_cast<int>(out - j);
    V sum = vload_n(y + j, some);
    LFFN_UNROLL for (int g = 0; g < G; g++) sum = vfma(w[g], vload_n(rows[g] + j, some), sum);
    vstore_n(y + j, sum, some);
  }
}

void gather(lffn_int rows, lffn_int tables, lffn_int table_cells, lffn_int cells, lffn_int out, const int32_t* index,
            const float* weights, const float* values, const float* bias, float* y) {
  const lffn_int entries = tables * cells;
  for (lffn_int r = 0; r < rows; r++) {
    float* to = y + r * out;
    for (lffn_int j = 0; j < out; j++) to[j] = bias ? bias[j] : 0.0f;
    const int32_t* at = index + r * entries;
    const float* w = weights + r * entries;
    lffn_int table = 0, cell = 0;
    const float* from[kGatherRows];
    for (lffn_int q = 0; q < entries;) {
      const lffn_int count = min_int(kGatherRows, entries - q);
      for (lffn_int g = 0; g < count; g++) {
        from[g] = values + (table * table_cells + at[q + g]) * out;
        if (++cell == cells) cell = 0, table++;
      }
      if (count == kGatherRows) {
        gather_group<kGatherRows>(from, w + q, out, to);
      } else {
        for (lffn_int g = 0; g < count; g++) gather_group<1>(from + g, w + q + g, out, to);
      }
      q += count;
    }
  }
}

template <int G>
LFFN_INLINE void dot_group(const float* const* rows, lffn_int n, const float* dy, float* add) {
  V sum[G];
  LFFN_UNROLL for (int g = 0; g < G; g++) sum[g] = vzero();
  lffn_int j = 0;
  for (; j + kW <= n; j += kW) {
    V d = vload(dy + j);
    LFFN_UNROLL for (int g = 0; g < G; g++) sum[g] = vfma(d, vload(rows[g] + j), sum[g]);
  }
  if (j < n) {
    const int some = static_cast<int>(n - j);
    V d = vload_n(dy + j, some);
    LFFN_UNROLL for (int g = 0; g < G; g++) sum[g] = vfma(d, vload_n(rows[g] + j, some), sum[g]);
  }
  LFFN_UNROLL for (int g = 0; g < G; g++) add[g] += vsum(sum[g]);
}

// dweights += the dot product of dy with each row read.
void gather_dweights(lffn_int rows, lffn_int tables, lffn_int table_cells, lffn_int cells, lffn_int out,
                     const int32_t* index, const float* values, const float* dy, float* dweights) {
  const lffn_int entries = tables * cells;
  for (lffn_int r = 0; r < rows; r++) {
    const int32_t* at = index + r * entries;
    float* to = dweights + r * entries;
    lffn_int table = 0, cell = 0;
    const float* from[kGatherRows];
    for (lffn_int q = 0; q < entries;) {
      const lffn_int count = min_int(kGatherRows, entries - q);
      for (lffn_int g = 0; g < count; g++) {
        from[g] = values + (table * table_cells + at[q + g]) * out;
        if (++cell == cells) cell = 0, table++;
      }
      if (count == kGatherRows) {
        dot_group<kGatherRows>(from, out, dy + r * out, to + q);
      } else {
        for (lffn_int g = 0; g < count; g++) dot_group<1>(from + g, out, dy + r * out, to + q + g);
      }
      q += count;
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
      gather_group<1>(&from, weights + r * stride + c, out, dtable + index[r * stride + c] * out);
    }
  }
}

}  // namespace
