#pragma once
#include "../../runtime/engine.h"

namespace lffn {

// y = x W^T + bias. x [rows, in], weight [out, in], bias [out] or null. False, here and below: no memory.
bool linear(const Engine&, int64_t rows, int64_t in, int64_t out, const float* x, const float* weight,
            const float* bias, float* y);

// dx += dy W, dweight += dy^T x, dbias += column sums of dy; each may be null.
bool linear_backward(const Engine&, int64_t rows, int64_t in, int64_t out, const float* x, const float* weight,
                     const float* dy, float* dx, float* dweight, float* dbias);

// sums[columns] += the column sums of x [rows, columns].
void add_column_sums(const Engine&, int64_t rows, int64_t columns, const float* x, float* sums);

// Floats of a [out, in] weight in packed form, and the packing.
int64_t packed_floats(const Engine&, int64_t in, int64_t out);
void pack_linear(const Engine&, int64_t in, int64_t out, const float* weight, float* packed);

// The forward product with packed weights, and GELU on the way out when asked.
bool packed_linear(const Engine&, int64_t rows, int64_t in, int64_t out, const float* x, const float* packed,
                   const float* bias, bool gelu, float* y);

// For operations that hold a workspace of their own: the same product, y = or += , with the caller's scratch of
// threads * gemm_scratch() floats.
void packed_linear_in(const Engine&, int64_t rows, int64_t in, int64_t out, const float* x, const float* packed,
                      const float* bias, bool accumulate, float* y, float* scratch);

}  // namespace lffn
