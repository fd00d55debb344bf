#pragma once
#include "../../runtime/engine.h"
#include "table_rows.h"

namespace lffn {

struct GatherShape {
  int64_t rows, tables, bits, cells, out;
};

// y = bias + sum over tables and cells of weight * row. index, weights [rows, tables, cells]; values [tables, 2^bits,
// out]; bias [out] or null.
void gather(const Engine&, const GatherShape&, const int32_t* index, const float* weights, const float* values,
            const float* bias, float* y);
// The same with the tables in whatever they are kept as.
void gather_kept(const Engine&, const GatherShape&, const int32_t* index, const float* weights, const TableRows& tables,
                 const float* bias, float* y);
// Each gradient may be null.
void gather_backward(const Engine&, const GatherShape&, const int32_t* index, const float* weights,
                     const float* values, const float* dy, float* dweights, float* dvalues, float* dbias);

}  // namespace lffn
