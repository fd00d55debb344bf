#pragma once
#include "../../runtime/engine.h"

namespace lffn {

struct AttentionShape {
  int64_t rows, sequences, heads, head_size;
};

// Sequence i is rows offsets[i] to offsets[i + 1]; q, k, v, y [rows, heads * head_size]. False: no memory.
bool attention(const Engine&, const AttentionShape&, const int32_t* offsets, const float* q, const float* k,
               const float* v, float* y);
bool attention_backward(const Engine&, const AttentionShape&, const int32_t* offsets, const float* q, const float* k,
                        const float* v, const float* dy, float* dq, float* dk, float* dv);

}  // namespace lffn
