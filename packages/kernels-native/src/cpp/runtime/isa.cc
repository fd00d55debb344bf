#include "isa.h"

#include <cstring>

#if defined(__x86_64__) || defined(_M_X64)
#define LFFN_X86 1
#if defined(_MSC_VER)
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif

extern "C" const LffnKernels lookupffn_kernels_scalar;
#ifdef LFFN_X86
extern "C" const LffnKernels lookupffn_kernels_avx2;
extern "C" const LffnKernels lookupffn_kernels_avx512;
#endif

namespace lffn {
namespace {

#ifdef LFFN_X86
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

struct Features {
  bool avx2 = false, avx512 = false;

  Features() {
    const unsigned highest = cpuid(0, 0).a;
    if (highest < 7) return;
    const Registers one = cpuid(1, 0), seven = cpuid(7, 0);
    // The CPU having the registers is not enough: the OS must save them on a context switch, which XCR0 tells.
    const bool os_saves = (one.c >> 27) & 1;
    if (!os_saves) return;
    const unsigned long long state = saved_state();
    const bool ymm = (state & 0x06) == 0x06, zmm = (state & 0xe6) == 0xe6;
    const bool avx = (one.c >> 28) & 1, fma = (one.c >> 12) & 1, f16c = (one.c >> 29) & 1;
    avx2 = ymm && avx && fma && f16c && ((seven.b >> 5) & 1);
    const unsigned wanted = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;  // F, DQ, BW, VL
    avx512 = avx2 && zmm && (seven.b & wanted) == wanted;
  }
};
#endif

struct Supported {
  const LffnKernels* list[4] = {nullptr, nullptr, nullptr, nullptr};

  Supported() {
    int n = 0;
#ifdef LFFN_X86
    const Features features;
    if (features.avx512) list[n++] = &lookupffn_kernels_avx512;
    if (features.avx2) list[n++] = &lookupffn_kernels_avx2;
#endif
    list[n++] = &lookupffn_kernels_scalar;
  }
};

}  // namespace

const LffnKernels* const* supported_kernels() {
  static const Supported supported;
  return supported.list;
}

const LffnKernels* kernels_named(const char* name) {
  for (const LffnKernels* const* k = supported_kernels(); *k; k++) {
    if (std::strcmp((*k)->name, name) == 0) return *k;
  }
  return nullptr;
}

}  // namespace lffn
