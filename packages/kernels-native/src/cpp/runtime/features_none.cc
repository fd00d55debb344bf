// An architecture that nobody wrote wide kernels for.
#include "features.h"

#if !defined(LFFN_X86) && !defined(LFFN_ARM64)
namespace lffn {
CpuFeatures cpu_features() { return {}; }
}  // namespace lffn
#endif
