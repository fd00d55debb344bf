#include "macros.h"
#include "table.h"
#include "vec_neon.h"
#include "kernels.h"

LFFN_EXPORT const LffnKernels lookupffn_kernels_neon;
const LffnKernels lookupffn_kernels_neon = LFFN_KERNEL_TABLE("neon");
