#include "macros.h"
#include "table.h"
#include "vec_avx2.h"
#include "dot_avx2.h"
#include "bytes_avx2.h"
#include "kernels.h"

LFFN_EXPORT const LffnKernels lookupffn_kernels_avx2;
const LffnKernels lookupffn_kernels_avx2 = LFFN_KERNEL_TABLE("avx2");
