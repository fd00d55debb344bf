#include "softmax.h"

#include <cmath>

#include "../../runtime/pool.h"

namespace lffn {

void softmax(const Engine& e, int64_t rows, int64_t size, const float* x, float* y) {
  parallel_rows(e.threads, rows, 8, [&](int64_t first, int64_t end, int) {
    e.kernels->softmax(end - first, size, x + first * size, y + first * size);
  });
}

void softmax_backward(const Engine& e, int64_t rows, int64_t size, const float* y, const float* dy, float* dx) {
  parallel_rows(e.threads, rows, 8, [&](int64_t first, int64_t end, int) {
    const int64_t at = first * size;
    e.kernels->softmax_backward(end - first, size, y + at, dy + at, dx + at);
  });
}

void cross_entropy(const Engine& e, int64_t rows, int64_t classes, const float* logits, const int32_t* targets,
                   float* losses) {
  parallel_rows(e.threads, rows, 4, [&](int64_t first, int64_t end, int) {
    for (int64_t i = first; i < end; i++) {
      float maximum, sum;
      e.kernels->log_sum_exp(classes, logits + i * classes, &maximum, &sum);
      const double log_sum = std::log(static_cast<double>(sum));
      losses[i] = static_cast<float>(log_sum + maximum - logits[i * classes + targets[i]]);
    }
  });
}

void cross_entropy_backward(const Engine& e, int64_t rows, int64_t classes, const float* logits, const int32_t* targets,
                            const float* dlosses, float* dlogits) {
  parallel_rows(e.threads, rows, 4, [&](int64_t first, int64_t end, int) {
    for (int64_t i = first; i < end; i++) {
      float maximum, sum;
      e.kernels->log_sum_exp(classes, logits + i * classes, &maximum, &sum);
      e.kernels->cross_entropy_backward(classes, logits + i * classes, maximum, dlosses[i] / sum,
                                        dlogits + i * classes);
      dlogits[i * classes + targets[i]] -= dlosses[i];
    }
  });
}

}  // namespace lffn
