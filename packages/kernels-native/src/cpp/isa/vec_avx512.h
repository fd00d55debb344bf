// The vector layer on AVX-512 F, DQ, BW, VL: 16 lanes. See vec_scalar.h for the contract.
#pragma once
#include <immintrin.h>

namespace {

using V = __m512;
using M = __mmask16;
constexpr int kW = 16;

// 14 x 32: 28 accumulators, two vectors of B, and A comes in as a broadcast.
constexpr int kGemmRows = 14, kGemmVecs = 2;
constexpr int kTileRows = 12, kTileVecs = 2;

LFFN_INLINE V vzero() { return _mm512_setzero_ps(); }
LFFN_INLINE V vset(float x) { return _mm512_set1_ps(x); }
LFFN_INLINE V vload(const float* p) { return _mm512_loadu_ps(p); }
LFFN_INLINE void vstore(float* p, V a) { _mm512_storeu_ps(p, a); }
LFFN_INLINE M lanes_below(int n) { return static_cast<M>((1u << n) - 1u); }
LFFN_INLINE V vload_n(const float* p, int n) { return _mm512_maskz_loadu_ps(lanes_below(n), p); }
LFFN_INLINE void vstore_n(float* p, V a, int n) { _mm512_mask_storeu_ps(p, lanes_below(n), a); }
LFFN_INLINE void vprefetch(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T0); }
LFFN_INLINE void vprefetch_l2(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T1); }
LFFN_INLINE V vadd(V a, V b) { return _mm512_add_ps(a, b); }
LFFN_INLINE V vsub(V a, V b) { return _mm512_sub_ps(a, b); }
LFFN_INLINE V vmul(V a, V b) { return _mm512_mul_ps(a, b); }
LFFN_INLINE V vdiv(V a, V b) { return _mm512_div_ps(a, b); }
LFFN_INLINE V vfma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
LFFN_INLINE V vfnma(V a, V b, V c) { return _mm512_fnmadd_ps(a, b, c); }
LFFN_INLINE V vmax(V a, V b) { return _mm512_max_ps(a, b); }
LFFN_INLINE V vmin(V a, V b) { return _mm512_min_ps(a, b); }
LFFN_INLINE V vsqrt(V a) { return _mm512_sqrt_ps(a); }
LFFN_INLINE V vabs(V a) { return _mm512_abs_ps(a); }
LFFN_INLINE M vgt(V a, V b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ); }
LFFN_INLINE V vselect(M m, V a, V b) { return _mm512_mask_blend_ps(m, b, a); }
LFFN_INLINE float vsum(V a) {
  __m256 low = _mm512_castps512_ps256(a), high = _mm512_extractf32x8_ps(a, 1);
  __m256 sum = _mm256_add_ps(low, high);
  __m128 half = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1));
  __m128 pair = _mm_add_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_add_ss(pair, _mm_movehdup_ps(pair)));
}
LFFN_INLINE float vhmax(V a) { return _mm512_reduce_max_ps(a); }
LFFN_INLINE V vpow2_magic(V t) {
  __m512i exponent = _mm512_add_epi32(_mm512_castps_si512(t), _mm512_set1_epi32(127));
  return _mm512_castsi512_ps(_mm512_slli_epi32(exponent, 23));
}

LFFN_INLINE void vtranspose(V (&r)[kW]) {
  // 4 x 4 squares within the 128-bit lanes, then the lanes themselves as a 4 x 4 square.
  V a[16], b[16];
  LFFN_UNROLL for (int i = 0; i < 16; i += 2) {
    a[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
    a[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
  }
  LFFN_UNROLL for (int i = 0; i < 16; i += 4) {
    b[i] = _mm512_shuffle_ps(a[i], a[i + 2], 0x44);
    b[i + 1] = _mm512_shuffle_ps(a[i], a[i + 2], 0xee);
    b[i + 2] = _mm512_shuffle_ps(a[i + 1], a[i + 3], 0x44);
    b[i + 3] = _mm512_shuffle_ps(a[i + 1], a[i + 3], 0xee);
  }
  LFFN_UNROLL for (int i = 0; i < 4; i++) {
    V even_low = _mm512_shuffle_f32x4(b[i], b[i + 4], 0x88), odd_low = _mm512_shuffle_f32x4(b[i], b[i + 4], 0xdd);
    V even_high = _mm512_shuffle_f32x4(b[i + 8], b[i + 12], 0x88);
    V odd_high = _mm512_shuffle_f32x4(b[i + 8], b[i + 12], 0xdd);
    r[i] = _mm512_shuffle_f32x4(even_low, even_high, 0x88);
    r[i + 4] = _mm512_shuffle_f32x4(odd_low, odd_high, 0x88);
    r[i + 8] = _mm512_shuffle_f32x4(even_low, even_high, 0xdd);
    r[i + 12] = _mm512_shuffle_f32x4(odd_low, odd_high, 0xdd);
  }
}

LFFN_INLINE V vload_bf16(const uint16_t* p) {
  const __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}
LFFN_INLINE V vload_f16(const uint16_t* p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
LFFN_INLINE V vload_i8(const int8_t* p) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
}

}  // namespace
