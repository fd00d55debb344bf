// CPUID and XCR0 (Intel's Software Developer's Manual, volume 1, chapters 13 to 15).
#include "features.h"

#ifdef LFFN_X86
#if defined(_MSC_VER)
#include <intrin.h>
#else
#include <cpuid.h>
#endif

namespace lffn {
namespace {

struct Registers {
  unsigned a = 0, b = 0, c = 0, d = 0;
};

Registers cpuid(unsigned leaf, unsigned subleaf) {
  Registers r;
#if defined(_MSC_VER)
  int out[4];
  __cpuidex(out, static_cast<int>(leaf), static_cast<int>(subleaf));
  r.a = out[0], r.b = out[1], r.c = out[2], r.d = out[3];
#else
  __cpuid_count(leaf, subleaf, r.a, r.b, r.c, r.d);
#endif
  return r;
}

unsigned long long saved_state() {
#if defined(_MSC_VER)
  return _xgetbv(0);
#else
  unsigned low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return static_cast<unsigned long long>(high) << 32 | low;
#endif
}

bool bit(unsigned word, int n) { return (word >> n) & 1; }

}  // namespace

CpuFeatures cpu_features() {
  CpuFeatures f;
  const unsigned highest = cpuid(0, 0).a;
  const Registers one = cpuid(1, 0), seven = highest >= 7 ? cpuid(7, 0) : Registers{};
  // SSE3, SSSE3, SSE4.1. Every 64-bit system saves their registers.
  f.sse41 = bit(one.c, 0) && bit(one.c, 9) && bit(one.c, 19);
  // The CPU having the wider ones is not enough: the OS must save them on a context switch, which XCR0 tells.
  const bool os_saves = bit(one.c, 27);
  const unsigned long long state = os_saves ? saved_state() : 0;
  const bool ymm = (state & 0x06) == 0x06, zmm = (state & 0xe6) == 0xe6;
  const bool avx = bit(one.c, 28), fma = bit(one.c, 12), f16c = bit(one.c, 29);
  f.avx2 = f.sse41 && ymm && avx && fma && f16c && bit(seven.b, 5);
  const unsigned wanted = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;  // F, DQ, BW, VL
  f.avx512 = f.avx2 && zmm && (seven.b & wanted) == wanted;
  f.avx512vnni = f.avx512 && bit(seven.c, 11);
#ifdef LFFN_EMULATED_AVX512  // a build for tests: scripts/test-builds.mjs
  f.avx512 = f.avx512vnni = f.avx2;
#endif
  return f;
}

}  // namespace lffn
#endif
