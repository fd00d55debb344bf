// The vector layer on AVX2 and FMA: 8 lanes. See vec_scalar.h for the contract.
#pragma once
#include <immintrin.h>

namespace {

using V = __m256;
using M = __m256;
constexpr int kW = 8;

// 6 x 16: twelve accumulators, two vectors of B and one broadcast fill the sixteen registers.
constexpr int kGemmRows = 6, kGemmVecs = 2;
constexpr int kTileRows = 6, kTileVecs = 2;

LFFN_INLINE V vzero() { return _mm256_setzero_ps(); }
LFFN_INLINE V vset(float x) { return _mm256_set1_ps(x); }
LFFN_INLINE V vload(const float* p) { return _mm256_loadu_ps(p); }
LFFN_INLINE void vstore(float* p, V a) { _mm256_storeu_ps(p, a); }
LFFN_INLINE __m256i lanes_below(int n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
LFFN_INLINE V vload_n(const float* p, int n) { return _mm256_maskload_ps(p, lanes_below(n)); }
LFFN_INLINE void vstore_n(float* p, V a, int n) { _mm256_maskstore_ps(p, lanes_below(n), a); }
LFFN_INLINE void vprefetch(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T0); }
LFFN_INLINE void vprefetch_l2(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T1); }
LFFN_INLINE V vadd(V a, V b) { return _mm256_add_ps(a, b); }
LFFN_INLINE V vsub(V a, V b) { return _mm256_sub_ps(a, b); }
LFFN_INLINE V vmul(V a, V b) { return _mm256_mul_ps(a, b); }
LFFN_INLINE V vdiv(V a, V b) { return _mm256_div_ps(a, b); }
LFFN_INLINE V vfma(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
LFFN_INLINE V vfnma(V a, V b, V c) { return _mm256_fnmadd_ps(a, b, c); }
LFFN_INLINE V vmax(V a, V b) { return _mm256_max_ps(a, b); }
LFFN_INLINE V vmin(V a, V b) { return _mm256_min_ps(a, b); }
LFFN_INLINE V vsqrt(V a) { return _mm256_sqrt_ps(a); }
LFFN_INLINE V vabs(V a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
LFFN_INLINE M vgt(V a, V b) { return _mm256_cmp_ps(a, b, _CMP_GT_OQ); }
LFFN_INLINE V vselect(M m, V a, V b) { return _mm256_blendv_ps(b, a, m); }
LFFN_INLINE float vsum(V a) {
  __m128 half = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  __m128 pair = _mm_add_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_add_ss(pair, _mm_movehdup_ps(pair)));
}
LFFN_INLINE float vhmax(V a) {
  __m128 half = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  __m128 pair = _mm_max_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_max_ss(pair, _mm_movehdup_ps(pair)));
}
LFFN_INLINE V vpow2_magic(V t) {
  __m256i exponent = _mm256_add_epi32(_mm256_castps_si256(t), _mm256_set1_epi32(127));
  return _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23));
}

LFFN_INLINE void vtranspose(V (&r)[kW]) {
  V a[8], b[8];
  LFFN_UNROLL for (int i = 0; i < 8; i += 2) {
    a[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
    a[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
  }
  LFFN_UNROLL for (int i = 0; i < 8; i += 4) {
    b[i] = _mm256_shuffle_ps(a[i], a[i + 2], 0x44);
    b[i + 1] = _mm256_shuffle_ps(a[i], a[i + 2], 0xee);
    b[i + 2] = _mm256_shuffle_ps(a[i + 1], a[i + 3], 0x44);
    b[i + 3] = _mm256_shuffle_ps(a[i + 1], a[i + 3], 0xee);
  }
  LFFN_UNROLL for (int i = 0; i < 4; i++) {
    r[i] = _mm256_permute2f128_ps(b[i], b[i + 4], 0x20);
    r[i + 4] = _mm256_permute2f128_ps(b[i], b[i + 4], 0x31);
  }
}

LFFN_INLINE V vload_bf16(const uint16_t* p) {
  const __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}
LFFN_INLINE V vload_f16(const uint16_t* p) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
LFFN_INLINE V vload_i8(const int8_t* p) {
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
}

}  // namespace
