#pragma once
#include "../../runtime/engine.h"

namespace lffn {

void softmax(const Engine&, int64_t rows, int64_t size, const float* x, float* y);
void softmax_backward(const Engine&, int64_t rows, int64_t size, const float* y, const float* dy, float* dx);

// losses[i] = -log softmax(logits[i])[targets[i]]
void cross_entropy(const Engine&, int64_t rows, int64_t classes, const float* logits, const int32_t* targets,
                   float* losses);
void cross_entropy_backward(const Engine&, int64_t rows, int64_t classes, const float* logits, const int32_t* targets,
                            const float* dlosses, float* dlogits);

}  // namespace lffn
