// Gradients of biases. Columns go by in strips as wide as the registers allow, so that each cache line is met once.
#pragma once
#include "pack.h"

namespace {

// sums += the column sums of x, NV vectors of columns at a time.
template <int NV>
LFFN_INLINE void column_sums_of(lffn_int rows, lffn_int n, const float* x, lffn_int ld, float* sums) {
  V sum[NV];
  LFFN_UNROLL for (int v = 0; v < NV; v++) sum[v] = vzero();
  for (lffn_int i = 0; i < rows; i++, x += ld) {
    // The next rows may each be a page away, which the hardware does not foresee.
    LFFN_UNROLL for (int v = 0; v < NV; v++) {
      if (v * kW % 16 == 0) vprefetch(x + kPackAhead * ld + v * kW);
    }
    LFFN_UNROLL for (int v = 0; v < NV; v++) {
      const lffn_int left = n - v * kW;
      sum[v] = vadd(sum[v], NV > 1 || left >= kW ? vload(x + v * kW) : vload_n(x, static_cast<int>(left)));
    }
  }
  LFFN_UNROLL for (int v = 0; v < NV; v++) store_columns(sums + v * kW, sum[v], n - v * kW, true);
}

// Sixty-four rows at a time are summed on their own first, which keeps the rounding error of long batches down.
void column_sums(lffn_int rows, lffn_int columns, const float* x, lffn_int ld, float* sums) {
  constexpr int kWide = 64 / kW < 8 ? 64 / kW : 8;
  for (lffn_int i = 0; i < rows; i += 64) {
    const lffn_int some = min_int(64, rows - i);
    lffn_int j = 0;
    const float* at = x + i * ld;
    for (; j + kWide * kW <= columns; j += kWide * kW) column_sums_of<kWide>(some, kWide * kW, at + j, ld, sums + j);
    for (; j < columns; j += kW) column_sums_of<1>(some, columns - j, at + j, ld, sums + j);
  }
}

}  // namespace
