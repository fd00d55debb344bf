// The vector layer on SSE4.1: 4 lanes, no fused multiply-add. See vec_scalar.h for the contract.
#pragma once
#include <smmintrin.h>

namespace {

using V = __m128;
using M = __m128;
constexpr int kW = 4;

// Twelve accumulators, the vectors of B and one product or broadcast fill the sixteen registers.
constexpr int kGemmRows = 4, kGemmVecs = 3;
constexpr int kTileRows = 6, kTileVecs = 2;

LFFN_INLINE V vzero() { return _mm_setzero_ps(); }
LFFN_INLINE V vset(float x) { return _mm_set1_ps(x); }
LFFN_INLINE V vload(const float* p) { return _mm_loadu_ps(p); }
LFFN_INLINE void vstore(float* p, V a) { _mm_storeu_ps(p, a); }
// There are no masked moves: one, two, or two and one lanes.
LFFN_INLINE V load_two(const float* p) { return _mm_loadl_pi(_mm_setzero_ps(), reinterpret_cast<const __m64*>(p)); }
LFFN_INLINE V vload_n(const float* p, int n) {
  if (n == 1) return _mm_load_ss(p);
  return n == 2 ? load_two(p) : _mm_movelh_ps(load_two(p), _mm_load_ss(p + 2));
}
LFFN_INLINE void vstore_n(float* p, V a, int n) {
  if (n == 1) return _mm_store_ss(p, a);
  _mm_storel_pi(reinterpret_cast<__m64*>(p), a);
  if (n == 3) _mm_store_ss(p + 2, _mm_movehl_ps(a, a));
}
LFFN_INLINE void vprefetch(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T0); }
LFFN_INLINE void vprefetch_l2(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T1); }
LFFN_INLINE V vadd(V a, V b) { return _mm_add_ps(a, b); }
LFFN_INLINE V vsub(V a, V b) { return _mm_sub_ps(a, b); }
LFFN_INLINE V vmul(V a, V b) { return _mm_mul_ps(a, b); }
LFFN_INLINE V vdiv(V a, V b) { return _mm_div_ps(a, b); }
LFFN_INLINE V vfma(V a, V b, V c) { return _mm_add_ps(_mm_mul_ps(a, b), c); }
LFFN_INLINE V vfnma(V a, V b, V c) { return _mm_sub_ps(c, _mm_mul_ps(a, b)); }
LFFN_INLINE V vmax(V a, V b) { return _mm_max_ps(a, b); }
LFFN_INLINE V vmin(V a, V b) { return _mm_min_ps(a, b); }
LFFN_INLINE V vsqrt(V a) { return _mm_sqrt_ps(a); }
LFFN_INLINE V vabs(V a) { return _mm_andnot_ps(_mm_set1_ps(-0.0f), a); }
LFFN_INLINE M vgt(V a, V b) { return _mm_cmpgt_ps(a, b); }
LFFN_INLINE V vselect(M m, V a, V b) { return _mm_blendv_ps(b, a, m); }
LFFN_INLINE float vsum(V a) {
  __m128 pair = _mm_add_ps(a, _mm_movehl_ps(a, a));
  return _mm_cvtss_f32(_mm_add_ss(pair, _mm_movehdup_ps(pair)));
}
LFFN_INLINE float vhmax(V a) {
  __m128 pair = _mm_max_ps(a, _mm_movehl_ps(a, a));
  return _mm_cvtss_f32(_mm_max_ss(pair, _mm_movehdup_ps(pair)));
}
LFFN_INLINE V vpow2_magic(V t) {
  __m128i exponent = _mm_add_epi32(_mm_castps_si128(t), _mm_set1_epi32(127));
  return _mm_castsi128_ps(_mm_slli_epi32(exponent, 23));
}

LFFN_INLINE void vtranspose(V (&r)[kW]) { _MM_TRANSPOSE4_PS(r[0], r[1], r[2], r[3]); }

LFFN_INLINE __m128i load_halves(const uint16_t* p) {
  return _mm_cvtepu16_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
}
LFFN_INLINE V vload_bf16(const uint16_t* p) { return _mm_castsi128_ps(_mm_slli_epi32(load_halves(p), 16)); }
// The steps of vec_scalar.h's, for F16C is younger than SSE4.1.
LFFN_INLINE V vload_f16(const uint16_t* p) {
  const __m128i bits = load_halves(p), magnitude = _mm_and_si128(bits, _mm_set1_epi32(0x7fff));
  const __m128i sign = _mm_slli_epi32(_mm_xor_si128(bits, magnitude), 16);
  const V scaled = _mm_mul_ps(_mm_castsi128_ps(_mm_slli_epi32(magnitude, 13)),
                              _mm_set1_ps(5192296858534827628530496329220096.0f));
  const __m128i special = _mm_and_si128(_mm_cmpgt_epi32(magnitude, _mm_set1_epi32(0x7bff)),
                                        _mm_set1_epi32(0x7f800000));
  return _mm_castsi128_ps(_mm_or_si128(_mm_castps_si128(scaled), _mm_or_si128(special, sign)));
}
LFFN_INLINE V vload_i8(const int8_t* p) {
  const __m128i bytes = _mm_castps_si128(_mm_load_ss(reinterpret_cast<const float*>(p)));
  return _mm_cvtepi32_ps(_mm_cvtepi8_epi32(bytes));
}

}  // namespace
