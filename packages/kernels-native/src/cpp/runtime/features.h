// What this CPU has and its operating system keeps over a context switch.
#pragma once

namespace lffn {

#if defined(__x86_64__) || defined(_M_X64)
#define LFFN_X86 1
struct CpuFeatures {
  bool sse41 = false, avx2 = false, avx512 = false, avx512vnni = false;
};
#elif defined(__aarch64__) || defined(_M_ARM64)
#define LFFN_ARM64 1
struct CpuFeatures {
  // NEON itself is part of the architecture.
  bool dot_product = false;
};
#else
struct CpuFeatures {};
#endif

CpuFeatures cpu_features();

}  // namespace lffn
