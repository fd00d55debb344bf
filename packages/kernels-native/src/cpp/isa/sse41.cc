#include "macros.h"
#include "table.h"
#include "vec_sse41.h"
#include "dot_sse41.h"
#include "kernels.h"

LFFN_EXPORT const LffnKernels lookupffn_kernels_sse41;
const LffnKernels lookupffn_kernels_sse41 = LFFN_KERNEL_TABLE("sse41");
