#pragma once
#include "../../runtime/engine.h"

namespace lffn {

struct ReadShape {
  int64_t rows, tables, bits;
  int32_t mode;  // LFFN_READ_*
  const float *temperature, *beta, *gamma;  // [tables] or null
};

// Cells a read touches per table.
int64_t cells_read(int32_t mode, int64_t bits);
// Floats of scratch that a kernel call needs.
int64_t read_scratch(int64_t bits);

// z [rows, tables, bits] to cells and weights [rows, tables, c].
bool read(const Engine&, const ReadShape&, const float* z, int32_t* cells, float* weights);
// Each gradient may be null.
bool read_backward(const Engine&, const ReadShape&, const float* z, const float* dweights, float* dz,
                   float* dtemperature, float* dbeta, float* dgamma);

}  // namespace lffn
