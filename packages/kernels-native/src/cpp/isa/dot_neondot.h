// Dot products with int8 weights on Armv8.2's dot product (see dot_float.h for the contract): four bytes a lane in one
// instruction. NEON without it takes dot_float.h's: its multiply-adds of int16 do no more a cycle than those of floats.
#pragma once
#define LFFN_DOT 1

namespace {

using D = int32x4_t;
using DotInput = int8_t;
constexpr int kDotDepth = 4, kDotLevels = 127, kDotOffset = 0;
constexpr int kDotRows = kGemmRows, kDotVecs = kGemmVecs, kDotPair = 0;

LFFN_INLINE D dot_start(const int32_t*) { return vdupq_n_s32(0); }
LFFN_INLINE D dot_input(const DotInput* p) { return vld1q_dup_s32(reinterpret_cast<const int32_t*>(p)); }
LFFN_INLINE D dot_weights(const int8_t* p) { return vreinterpretq_s32_s8(vld1q_s8(p)); }
LFFN_INLINE D dot_add(D sum, D input, D weights) {
  return vdotq_s32(sum, vreinterpretq_s8_s32(input), vreinterpretq_s8_s32(weights));
}
LFFN_INLINE V dot_float(D sum) { return vcvtq_f32_s32(sum); }
LFFN_INLINE void dot_store(DotInput* to, V x) {
  const int16x4_t halves = vmovn_s32(vcvtnq_s32_f32(x));
  const int8x8_t bytes = vmovn_s16(vcombine_s16(halves, halves));
  vst1_lane_s32(reinterpret_cast<int32_t*>(to), vreinterpret_s32_s8(bytes), 0);
}

}  // namespace
