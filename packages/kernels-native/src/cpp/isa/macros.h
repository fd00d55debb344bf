// Compiler spellings that the vector layers and kernels need.
#pragma once

#if defined(_MSC_VER) && !defined(__clang__)
#define LFFN_INLINE static __forceinline
#define LFFN_MEMBER __forceinline
#define LFFN_UNROLL
#define LFFN_EXPORT extern "C"
#else
#define LFFN_INLINE static inline __attribute__((always_inline))
#define LFFN_MEMBER inline __attribute__((always_inline))
#if defined(__clang__)
#define LFFN_UNROLL _Pragma("unroll")
#else
#define LFFN_UNROLL _Pragma("GCC unroll 32")
#endif
#define LFFN_EXPORT extern "C" __attribute__((visibility("hidden")))
#endif
