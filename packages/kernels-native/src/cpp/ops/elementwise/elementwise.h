#pragma once
#include "../../runtime/engine.h"

namespace lffn {

void gelu(const Engine&, int64_t size, const float* x, float* y);
void gelu_backward(const Engine&, int64_t size, const float* x, const float* dy, float* dx);
void add(const Engine&, int64_t size, const float* a, const float* b, float* y);

// y[i] = table[ids[i]]; dtable[ids[i]] += dy[i].
void embedding(const Engine&, int64_t rows, int64_t size, const int32_t* ids, const float* table, float* y);
void embedding_backward(const Engine&, int64_t rows, int64_t size, const int32_t* ids, const float* dy, float* dtable);

}  // namespace lffn
