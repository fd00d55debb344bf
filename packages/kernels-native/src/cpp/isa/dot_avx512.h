// Dot products with int8 weights on AVX-512 BW: pairs of int16, as on AVX2 (see dot_avx2.h).
#pragma once
#define LFFN_DOT 1

namespace {

using D = __m512i;
using DotInput = int16_t;
constexpr int kDotDepth = 2, kDotLevels = 2047, kDotOffset = 0;
constexpr int kDotRows = kGemmRows, kDotVecs = kGemmVecs, kDotPair = 0;

LFFN_INLINE D dot_start(const int32_t*) { return _mm512_setzero_si512(); }
LFFN_INLINE D dot_input(const DotInput* p) {
  return _mm512_castps_si512(_mm512_set1_ps(*reinterpret_cast<const float*>(p)));
}
LFFN_INLINE D dot_weights(const int8_t* p) {
  return _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
LFFN_INLINE D dot_add(D sum, D input, D weights) {
  return _mm512_add_epi32(sum, _mm512_madd_epi16(input, weights));
}
LFFN_INLINE V dot_float(D sum) { return _mm512_cvtepi32_ps(sum); }
LFFN_INLINE void dot_store(DotInput* to, V x) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_cvtepi32_epi16(_mm512_cvtps_epi32(x)));
}

}  // namespace
