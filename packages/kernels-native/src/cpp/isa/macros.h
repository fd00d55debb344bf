// Compiler spellings that the vector layers and kernels need.
#pragma once

#if defined(_MSC_VER) && !defined(__clang__)
#define LFFN_INLINE static __forceinline
#define LFFN_MEMBER __forceinline
#define LFFN_UNROLL
#define LFFN_UNROLL_4
#define LFFN_EXPORT extern "C"
#else
#define LFFN_INLINE static inline __attribute__((always_inline))
#define LFFN_MEMBER inline __attribute__((always_inline))
#if defined(__clang__)
#define LFFN_UNROLL _Pragma("unroll")
#define LFFN_UNROLL_4 _Pragma("unroll 4")
#else
#define LFFN_UNROLL _Pragma("GCC unroll 32")
#define LFFN_UNROLL_4 _Pragma("GCC unroll 4")
#endif
#define LFFN_EXPORT extern "C" __attribute__((visibility("hidden")))
#endif

// Three things of <math.h> without its inline functions, which must not be built with wide instructions (see table.h).
#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
LFFN_INLINE float sqrt_one(float x) { return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x))); }
LFFN_INLINE float abs_one(float x) { return _mm_cvtss_f32(_mm_andnot_ps(_mm_set_ss(-0.0f), _mm_set_ss(x))); }
LFFN_INLINE float infinity_one() { return _mm_cvtss_f32(_mm_castsi128_ps(_mm_cvtsi32_si128(0x7f800000))); }
#else
LFFN_INLINE float sqrt_one(float x) { return __builtin_sqrtf(x); }
LFFN_INLINE float abs_one(float x) { return __builtin_fabsf(x); }
LFFN_INLINE float infinity_one() { return __builtin_huge_valf(); }
#endif
