// The vector layer on NEON (AArch64): 4 lanes. See vec_scalar.h for the contract.
#pragma once
#include <arm_neon.h>

namespace {

using V = float32x4_t;
using M = uint32x4_t;
constexpr int kW = 4;

// 12 x 8: twenty-four accumulators, two vectors of B and a broadcast, of thirty-two registers.
constexpr int kGemmRows = 12, kGemmVecs = 2;
constexpr int kTileRows = 12, kTileVecs = 2;

LFFN_INLINE V vzero() { return vdupq_n_f32(0.0f); }
LFFN_INLINE V vset(float x) { return vdupq_n_f32(x); }
LFFN_INLINE V vload(const float* p) { return vld1q_f32(p); }
LFFN_INLINE void vstore(float* p, V a) { vst1q_f32(p, a); }
// There are no masked moves: one, two, or two and one lanes.
LFFN_INLINE V vload_n(const float* p, int n) {
  if (n == 1) return vld1q_lane_f32(p, vzero(), 0);
  const V two = vcombine_f32(vld1_f32(p), vdup_n_f32(0.0f));
  return n == 2 ? two : vld1q_lane_f32(p + 2, two, 2);
}
LFFN_INLINE void vstore_n(float* p, V a, int n) {
  if (n == 1) return vst1q_lane_f32(p, a, 0);
  vst1_f32(p, vget_low_f32(a));
  if (n == 3) vst1q_lane_f32(p + 2, a, 2);
}
#if defined(_MSC_VER) && !defined(__clang__)
LFFN_INLINE void vprefetch(const void* p) { __prefetch(p); }
LFFN_INLINE void vprefetch_l2(const void* p) { __prefetch(p); }
#else
LFFN_INLINE void vprefetch(const void* p) { __builtin_prefetch(p, 0, 3); }
LFFN_INLINE void vprefetch_l2(const void* p) { __builtin_prefetch(p, 0, 2); }
#endif
LFFN_INLINE V vadd(V a, V b) { return vaddq_f32(a, b); }
LFFN_INLINE V vsub(V a, V b) { return vsubq_f32(a, b); }
LFFN_INLINE V vmul(V a, V b) { return vmulq_f32(a, b); }
LFFN_INLINE V vdiv(V a, V b) { return vdivq_f32(a, b); }
LFFN_INLINE V vfma(V a, V b, V c) { return vfmaq_f32(c, a, b); }
LFFN_INLINE V vfnma(V a, V b, V c) { return vfmsq_f32(c, a, b); }
// Not vmaxq: with a NaN on either side that is NaN, where the contract takes the second operand.
LFFN_INLINE V vmax(V a, V b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
LFFN_INLINE V vmin(V a, V b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
LFFN_INLINE V vsqrt(V a) { return vsqrtq_f32(a); }
LFFN_INLINE V vabs(V a) { return vabsq_f32(a); }
LFFN_INLINE M vgt(V a, V b) { return vcgtq_f32(a, b); }
LFFN_INLINE V vselect(M m, V a, V b) { return vbslq_f32(m, a, b); }
LFFN_INLINE float vsum(V a) {
  const float32x2_t pair = vadd_f32(vget_low_f32(a), vget_high_f32(a));
  return vget_lane_f32(pair, 0) + vget_lane_f32(pair, 1);
}
LFFN_INLINE float vhmax(V a) {
  const V half = vmax(a, vextq_f32(a, a, 2));
  return vgetq_lane_f32(vmax(half, vextq_f32(half, half, 1)), 0);
}
LFFN_INLINE V vpow2_magic(V t) {
  const uint32x4_t exponent = vaddq_u32(vreinterpretq_u32_f32(t), vdupq_n_u32(127));
  return vreinterpretq_f32_u32(vshlq_n_u32(exponent, 23));
}

LFFN_INLINE V low_halves(V a, V b) { return vcombine_f32(vget_low_f32(a), vget_low_f32(b)); }
LFFN_INLINE V high_halves(V a, V b) { return vcombine_f32(vget_high_f32(a), vget_high_f32(b)); }
LFFN_INLINE void vtranspose(V (&r)[kW]) {
  const V even01 = vtrn1q_f32(r[0], r[1]), odd01 = vtrn2q_f32(r[0], r[1]);
  const V even23 = vtrn1q_f32(r[2], r[3]), odd23 = vtrn2q_f32(r[2], r[3]);
  r[0] = low_halves(even01, even23);
  r[1] = low_halves(odd01, odd23);
  r[2] = high_halves(even01, even23);
  r[3] = high_halves(odd01, odd23);
}

LFFN_INLINE V vload_bf16(const uint16_t* p) { return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p), 16)); }
LFFN_INLINE V vload_f16(const uint16_t* p) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p))); }
LFFN_INLINE V vload_i8(const int8_t* p) {
  const int8x8_t bytes = vreinterpret_s8_u32(vld1_dup_u32(reinterpret_cast<const uint32_t*>(p)));
  return vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(bytes))));
}

}  // namespace
