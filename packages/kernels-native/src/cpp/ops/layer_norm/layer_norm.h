#pragma once
#include "../../runtime/engine.h"

namespace lffn {

void layer_norm(const Engine&, int64_t rows, int64_t size, float epsilon, const float* x, const float* weight,
                const float* bias, float* y);
// Each gradient may be null. False: no memory.
bool layer_norm_backward(const Engine&, int64_t rows, int64_t size, float epsilon, const float* x, const float* weight,
                         const float* dy, float* dx, float* dweight, float* dbias);

}  // namespace lffn
