#pragma once
#include "../../runtime/engine.h"

namespace lffn {

struct AdamWShape {
  int64_t size;
  double learning_rate, beta1, beta2, epsilon, weight_decay, step, gradient_scale;
};

void adamw(const Engine&, const AdamWShape&, float* parameter, const float* gradient, float* m, float* v);

// In double, in chunks of fixed size added in order. False: no memory.
bool sum_of_squares(const Engine&, int64_t size, const float* x, double* sum);

// Mean over tables, cells, bits asked for (`bit`, or all when -1) and columns of (T[i] - T[i ^ bit])^2; adds scale times
// its gradient to dtables when given.
bool cell_variation(const Engine&, int64_t tables, int64_t bits, int64_t out, int64_t bit, double scale,
                    const float* values, float* dvalues, double* mean);

}  // namespace lffn
