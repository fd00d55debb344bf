// Every kernel, compiled once for the vector layer that the including file chose, and the one table that leaves it.
// Everything is in an anonymous namespace: no symbol of this file can be taken by the linker for another ISA's.
#pragma once

#include "math.h"
#include "lanes.h"
#include "tile.h"
#ifndef LFFN_DOT
#include "dot_float.h"
#endif
#include "../ops/elementwise/kernel.h"
#include "../ops/linear/kernel.h"
#include "../ops/linear/column_sums.h"
#include "../ops/linear/int8_kernel.h"
#include "../ops/hadamard/kernel.h"
#include "../ops/bh4/kernel.h"
#include "../ops/read/kernel.h"
#include "../ops/gather/kernel.h"
#include "../ops/gather/backward.h"
#include "../ops/layer_norm/kernel.h"
#include "../ops/softmax/kernel.h"
#include "../ops/attention/kernel.h"
#include "../ops/optimiser/kernel.h"
#include "../ops/roofline/kernel.h"

#define LFFN_KERNEL_TABLE(name)                                                                                        \
  {                                                                                                                \
    name, kW, kGemmRows, kPanel, kDotRows, kDotPanel, kDotDepth, static_cast<int32_t>(sizeof(DotInput)),       \
        kDotOffset, kDotPair, gemm_pack, gemm_scratch, gemm_block, quantise_rows, int8_block, column_sums, hadamard_rows, bh4_fold,                 \
        bh4_unfold, bh4_forward, bh4_backward, project_finish, project_start_backward, read_cells, read_backward,  \
        gather, gather_backward, layer_norm, layer_norm_backward, gelu, gelu_backward, add,         \
        softmax, softmax_backward, log_sum_exp, cross_entropy_backward, attention_scratch, attention,              \
        attention_backward, adamw, sum_of_squares, cell_difference, multiply_adds, read_floats                     \
  }
