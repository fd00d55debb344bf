#include "macros.h"
#include "table.h"
#include "vec_scalar.h"
#include "kernels.h"

LFFN_EXPORT const LffnKernels lookupffn_kernels_scalar;
const LffnKernels lookupffn_kernels_scalar = LFFN_KERNEL_TABLE("scalar");
