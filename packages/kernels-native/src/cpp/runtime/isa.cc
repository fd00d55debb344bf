#include "isa.h"

#include <cstring>

#include "features.h"

#define LFFN_TABLE(name) extern "C" const LffnKernels lookupffn_kernels_##name
LFFN_TABLE(scalar);
#if defined(LFFN_X86)
LFFN_TABLE(sse41);
LFFN_TABLE(avx2);
LFFN_TABLE(avx512);
LFFN_TABLE(avx512vnni);
#elif defined(LFFN_ARM64)
LFFN_TABLE(neon);
LFFN_TABLE(neondot);
#endif
#undef LFFN_TABLE

namespace lffn {
namespace {

constexpr int kMostTables = 8;

struct Tables {
  // Best first; each ends with null.
  const LffnKernels* built[kMostTables] = {};
  const LffnKernels* supported[kMostTables] = {};

  Tables() {
    [[maybe_unused]] const CpuFeatures has = cpu_features();
#if defined(LFFN_X86)
    add(lookupffn_kernels_avx512vnni, has.avx512vnni);
    add(lookupffn_kernels_avx512, has.avx512);
    add(lookupffn_kernels_avx2, has.avx2);
    add(lookupffn_kernels_sse41, has.sse41);
#elif defined(LFFN_ARM64)
    add(lookupffn_kernels_neondot, has.dot_product);
    add(lookupffn_kernels_neon, true);
#endif
    add(lookupffn_kernels_scalar, true);
  }

 private:
  void add(const LffnKernels& kernels, bool runs) {
    built[all_++] = &kernels;
    if (runs) supported[running_++] = &kernels;
  }

  int all_ = 0, running_ = 0;
};

const Tables& tables() {
  static const Tables made;
  return made;
}

}  // namespace

const LffnKernels* const* built_kernels() { return tables().built; }

const LffnKernels* const* supported_kernels() { return tables().supported; }

const LffnKernels* kernels_named(const char* name) {
  for (const LffnKernels* const* k = supported_kernels(); *k; k++) {
    if (std::strcmp((*k)->name, name) == 0) return *k;
  }
  return nullptr;
}

}  // namespace lffn
