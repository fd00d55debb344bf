#include "macros.h"
#include "table.h"
#include "vec_avx512.h"
#include "dot_avx512.h"
#include "kernels.h"

LFFN_EXPORT const LffnKernels lookupffn_kernels_avx512;
const LffnKernels lookupffn_kernels_avx512 = LFFN_KERNEL_TABLE("avx512");
