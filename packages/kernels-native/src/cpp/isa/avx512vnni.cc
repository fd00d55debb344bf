#include "macros.h"
#include "table.h"
#include "vec_avx512.h"
#include "dot_avx512vnni.h"
#include "kernels.h"

LFFN_EXPORT const LffnKernels lookupffn_kernels_avx512vnni;
const LffnKernels lookupffn_kernels_avx512vnni = LFFN_KERNEL_TABLE("avx512vnni");
