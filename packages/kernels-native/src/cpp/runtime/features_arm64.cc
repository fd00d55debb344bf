// The dot product of Armv8.2: what each system says of it.
#include "features.h"

#ifdef LFFN_ARM64
#if defined(__linux__)
#include <sys/auxv.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#elif defined(_WIN32)
#include <windows.h>
#endif

namespace lffn {

CpuFeatures cpu_features() {
  CpuFeatures f;
#if defined(__linux__)
  constexpr unsigned long kAsimdDp = 1ul << 20;  // HWCAP_ASIMDDP, which older headers lack
  f.dot_product = getauxval(AT_HWCAP) & kAsimdDp;
#elif defined(__APPLE__)
  int found = 0;
  size_t size = sizeof found;
  f.dot_product = sysctlbyname("hw.optional.arm.FEAT_DotProd", &found, &size, nullptr, 0) == 0 && found;
#elif defined(_WIN32)
  constexpr DWORD kDotProduct = 43;  // PF_ARM_V82_DP_INSTRUCTIONS_AVAILABLE
  f.dot_product = IsProcessorFeaturePresent(kDotProduct);
#endif
  return f;
}

}  // namespace lffn
#endif
