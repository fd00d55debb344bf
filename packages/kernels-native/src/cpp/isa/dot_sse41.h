// Dot products with int8 weights on SSE4.1: pairs of int16, as on AVX2 (see dot_avx2.h).
#pragma once
#define LFFN_DOT 1

namespace {

using D = __m128i;
using DotInput = int16_t;
constexpr int kDotDepth = 2, kDotLevels = 2047, kDotOffset = 0;
constexpr int kDotRows = kGemmRows, kDotVecs = kGemmVecs, kDotPair = 0;

LFFN_INLINE D dot_start(const int32_t*) { return _mm_setzero_si128(); }
LFFN_INLINE D dot_input(const DotInput* p) { return _mm_castps_si128(_mm_load1_ps(reinterpret_cast<const float*>(p))); }
LFFN_INLINE D dot_weights(const int8_t* p) {
  return _mm_cvtepi8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
}
LFFN_INLINE D dot_add(D sum, D input, D weights) { return _mm_add_epi32(sum, _mm_madd_epi16(input, weights)); }
LFFN_INLINE V dot_float(D sum) { return _mm_cvtepi32_ps(sum); }
LFFN_INLINE void dot_store(DotInput* to, V x) {
  const __m128i wide = _mm_cvtps_epi32(x);
  _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm_packs_epi32(wide, wide));
}

}  // namespace
