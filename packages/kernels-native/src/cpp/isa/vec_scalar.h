// The vector layer, one lane wide: plain C++ for any machine, and the model the wider layers follow.
// Every layer defines the same names: V (float lanes), M (lane mask), kW, and the functions below.
#pragma once

namespace {

using V = float;
using M = bool;
constexpr int kW = 1;

// Register tiles: rows x vectors of the packed matrix product, and of the strided one. The first has at most kW rows, or
// a multiple of kW.
constexpr int kGemmRows = 4, kGemmVecs = 4;
constexpr int kTileRows = 4, kTileVecs = 2;

LFFN_INLINE V vzero() { return 0.0f; }
LFFN_INLINE V vset(float x) { return x; }
LFFN_INLINE V vload(const float* p) { return *p; }
LFFN_INLINE void vstore(float* p, V a) { *p = a; }
// The first n lanes (0 < n < kW); the others read as 0 and are not written.
LFFN_INLINE V vload_n(const float*, int) { return 0.0f; }
LFFN_INLINE void vstore_n(float*, V, int) {}
LFFN_INLINE void vprefetch(const void*) {}
LFFN_INLINE void vprefetch_l2(const void*) {}
LFFN_INLINE V vadd(V a, V b) { return a + b; }
LFFN_INLINE V vsub(V a, V b) { return a - b; }
LFFN_INLINE V vmul(V a, V b) { return a * b; }
LFFN_INLINE V vdiv(V a, V b) { return a / b; }
LFFN_INLINE V vfma(V a, V b, V c) { return a * b + c; }
LFFN_INLINE V vfnma(V a, V b, V c) { return c - a * b; }
// As x86 has it, the second operand wins when either is NaN: put the variable there and NaN goes through.
LFFN_INLINE V vmax(V a, V b) { return a > b ? a : b; }
LFFN_INLINE V vmin(V a, V b) { return a < b ? a : b; }
LFFN_INLINE V vsqrt(V a) { return sqrt_one(a); }
LFFN_INLINE V vabs(V a) { return abs_one(a); }
LFFN_INLINE M vgt(V a, V b) { return a > b; }
LFFN_INLINE V vselect(M m, V a, V b) { return m ? a : b; }
// Horizontal sum and maximum, in a fixed order.
LFFN_INLINE float vsum(V a) { return a; }
LFFN_INLINE float vhmax(V a) { return a; }
// 2^n from t = n + 1.5 * 2^23, whose low mantissa bits hold the integer n.
LFFN_INLINE V vpow2_magic(V t) {
  union { float f; uint32_t u; } bits;
  bits.f = t;
  bits.u = (bits.u + 127u) << 23;
  return bits.f;
}

// Transposes a square of kW rows.
LFFN_INLINE void vtranspose(V (&)[kW]) {}

// kW numbers of a narrower type as floats: bfloat16, IEEE half, signed bytes.
LFFN_INLINE V vload_bf16(const uint16_t* p) {
  union { uint32_t u; float f; } bits;
  bits.u = static_cast<uint32_t>(*p) << 16;
  return bits.f;
}
LFFN_INLINE V vload_f16(const uint16_t* p) {
  const uint32_t magnitude = *p & 0x7fffu, sign = static_cast<uint32_t>(*p & 0x8000u) << 16;
  union { uint32_t u; float f; } bits;
  bits.u = magnitude << 13;
  bits.f *= 5192296858534827628530496329220096.0f;  // 2^112: the difference of the exponents' biases
  if (magnitude >= 0x7c00u) bits.u |= 0x7f800000u;   // infinity and NaN
  bits.u |= sign;
  return bits.f;
}
LFFN_INLINE V vload_i8(const int8_t* p) { return static_cast<float>(*p); }

}  // namespace
