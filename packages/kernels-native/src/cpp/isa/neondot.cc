#include "macros.h"
#include "table.h"
#include "vec_neon.h"
#include "dot_neondot.h"
#include "kernels.h"

LFFN_EXPORT const LffnKernels lookupffn_kernels_neondot;
const LffnKernels lookupffn_kernels_neondot = LFFN_KERNEL_TABLE("neondot");
