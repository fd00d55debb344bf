// Dot products with int8 weights on AVX-512 VNNI (see dot_float.h for the contract): four bytes a lane in one instruction,
// which takes the activations unsigned.
#pragma once
#define LFFN_DOT 1

namespace {

using D = __m512i;
using DotInput = uint8_t;
constexpr int kDotDepth = 4, kDotLevels = 127, kDotOffset = 128;
constexpr int kDotRows = kGemmRows, kDotVecs = kGemmVecs, kDotPair = 0;

LFFN_INLINE D dot_start(const int32_t* starts) { return _mm512_loadu_si512(starts); }
LFFN_INLINE D dot_input(const DotInput* p) {
  return _mm512_castps_si512(_mm512_set1_ps(*reinterpret_cast<const float*>(p)));
}
LFFN_INLINE D dot_weights(const int8_t* p) { return _mm512_loadu_si512(p); }
LFFN_INLINE D dot_add(D sum, D input, D weights) { return _mm512_dpbusd_epi32(sum, input, weights); }
LFFN_INLINE V dot_float(D sum) { return _mm512_cvtepi32_ps(sum); }
LFFN_INLINE void dot_store(DotInput* to, V x) {
  const __m512i wide = _mm512_add_epi32(_mm512_cvtps_epi32(x), _mm512_set1_epi32(kDotOffset));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_cvtepi32_epi8(wide));
}

}  // namespace
