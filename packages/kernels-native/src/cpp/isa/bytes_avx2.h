// Weighted sums of bytes in int16 on AVX2: half as many instructions as turning each byte into a float. The names that
// gather/bytes.h asks for:
//   Bytes        running sums of kByteColumns columns
//   bytes_add    sums + round(row[j] * weight / 128), exact while no sum leaves int16
//   bytes_flush  y += sums * scale
#pragma once
#define LFFN_BYTES 1

namespace {

constexpr int kByteColumns = 32;
// Bytes 0 to 7 and 16 to 23, then the others: what unpacking within halves of a register gives.
struct Bytes {
  __m256i low, high;
};
using ByteWeight = __m256i;

LFFN_INLINE ByteWeight byte_weight(int32_t weight) { return _mm256_set1_epi16(static_cast<int16_t>(weight)); }
LFFN_INLINE Bytes bytes_zero() { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
// A byte as the upper half of an int16 is 256 of it; vpmulhrsw divides the product by 2^15, rounding.
LFFN_INLINE Bytes bytes_add(Bytes sums, const int8_t* row, ByteWeight weight) {
  const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row)), zero = _mm256_setzero_si256();
  return {_mm256_add_epi16(sums.low, _mm256_mulhrs_epi16(_mm256_unpacklo_epi8(zero, bytes), weight)),
          _mm256_add_epi16(sums.high, _mm256_mulhrs_epi16(_mm256_unpackhi_epi8(zero, bytes), weight))};
}
LFFN_INLINE void bytes_flush_half(__m128i sums, __m256 scale, float* y) {
  const __m256 floats = _mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(sums));
  _mm256_storeu_ps(y, _mm256_fmadd_ps(floats, scale, _mm256_loadu_ps(y)));
}
LFFN_INLINE void bytes_flush(Bytes sums, V scale, float* y) {
  bytes_flush_half(_mm256_castsi256_si128(sums.low), scale, y);
  bytes_flush_half(_mm256_castsi256_si128(sums.high), scale, y + 8);
  bytes_flush_half(_mm256_extracti128_si256(sums.low, 1), scale, y + 16);
  bytes_flush_half(_mm256_extracti128_si256(sums.high, 1), scale, y + 24);
}

}  // namespace
