// Dot products with int8 weights on AVX2 (see dot_float.h for the contract): pairs of int16. vpmaddubsw would take bytes
// but saturates in the middle, and both end in as many multiplications a cycle. The wider activations are a gift: with
// 12 bits their rounding error is lost behind the weights'.
#pragma once
#define LFFN_DOT 1

namespace {

using D = __m256i;
using DotInput = int16_t;
constexpr int kDotDepth = 2, kDotLevels = 2047, kDotOffset = 0;

LFFN_INLINE D dot_start(const int32_t*) { return _mm256_setzero_si256(); }
LFFN_INLINE D dot_input(const DotInput* p) {
  return _mm256_castps_si256(_mm256_broadcast_ss(reinterpret_cast<const float*>(p)));
}
LFFN_INLINE D dot_weights(const int8_t* p) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
LFFN_INLINE D dot_add(D sum, D input, D weights) {
  return _mm256_add_epi32(sum, _mm256_madd_epi16(input, weights));
}
LFFN_INLINE V dot_float(D sum) { return _mm256_cvtepi32_ps(sum); }
LFFN_INLINE void dot_store(DotInput* to, V x) {
  const __m256i wide = _mm256_cvtps_epi32(x);
  const __m128i narrow = _mm_packs_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), narrow);
}

}  // namespace
