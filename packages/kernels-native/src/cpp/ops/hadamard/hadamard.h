#pragma once
#include "../../runtime/engine.h"

namespace lffn {

// y = H x for each row, size a power of two; y may be x.
void hadamard(const Engine&, int64_t rows, int64_t size, const float* x, float* y);
// dx += H dy. False: no memory.
bool hadamard_backward(const Engine&, int64_t rows, int64_t size, const float* dy, float* dx);

}  // namespace lffn
