// y += the weighted sum of eight byte rows, summed in int16 as far as it goes: eight products of at most 127 * 4095 / 128
// = 4063 stay below 2^15. A weight keeps 12 bits of the group's largest and a product is rounded to an integer, which
// together is a tenth of the rows' own rounding error.
#pragma once

namespace {

#ifdef LFFN_BYTES

constexpr int kByteRows = 8, kByteLevels = 4095;

// The weights as integers; returns what an integer sum is to be multiplied with. A weight that is not finite makes it NaN,
// and with it the row of y.
LFFN_INLINE float byte_weights(const float* weights, ByteWeight* to) {
  float most = 0, sum = 0;
  for (int g = 0; g < kByteRows; g++) {
    const float size = weights[g] < 0 ? -weights[g] : weights[g];
    most = size > most ? size : most;
    sum += size;
  }
  const bool finite = sum - sum == 0.0f;
  // So small that its inverse overflows: such rows are lost in any sum.
  const float inverse = finite && most > 1e-30f ? kByteLevels / most : 0.0f;
  for (int g = 0; g < kByteRows; g++) {
    const float level = finite ? weights[g] * inverse : 0.0f;
    to[g] = byte_weight(static_cast<int32_t>(level + (level < 0 ? -0.5f : 0.5f)));
  }
  return finite ? most * (128.0f / kByteLevels) : sum - sum;
}

template <typename Fetches>
LFFN_INLINE void gather_bytes(const int8_t* const* rows, const float* weights, lffn_int out, float* y,
                              const Fetches& fetches) {
  ByteWeight w[kByteRows];
  const float unit = byte_weights(weights, w);
  const V scale = vset(unit);
  lffn_int j = 0;
  for (; j + 2 * kByteColumns <= out; j += 2 * kByteColumns) {
    Bytes sums[2] = {bytes_zero(), bytes_zero()};
    LFFN_UNROLL for (int g = 0; g < kByteRows; g++) {
      fetches.line(g, j);
      LFFN_UNROLL for (int v = 0; v < 2; v++) sums[v] = bytes_add(sums[v], rows[g] + j + v * kByteColumns, w[g]);
    }
    LFFN_UNROLL for (int v = 0; v < 2; v++) bytes_flush(sums[v], scale, y + j + v * kByteColumns);
  }
  for (; j < out; j += kByteColumns) {
    // Rows are padded to a whole vector, not to kByteColumns.
    int8_t part[kByteColumns];
    float to[kByteColumns];
    const lffn_int n = min_int(kByteColumns, out - j);
    for (lffn_int i = 0; i < n; i++) to[i] = y[j + i];
    Bytes sums = bytes_zero();
    for (int g = 0; g < kByteRows; g++) {
      for (lffn_int i = 0; i < kByteColumns; i++) part[i] = i < n ? rows[g][j + i] : 0;
      sums = bytes_add(sums, part, w[g]);
    }
    bytes_flush(sums, scale, to);
    for (lffn_int i = 0; i < n; i++) y[j + i] = to[i];
  }
}

#else

// Here bytes become floats like other rows.
constexpr int kByteRows = 0;
template <typename Fetches>
void gather_bytes(const int8_t* const*, const float*, lffn_int, float*, const Fetches&);

#endif

}  // namespace
