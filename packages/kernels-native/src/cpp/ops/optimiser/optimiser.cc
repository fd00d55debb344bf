#include "optimiser.h"

#include <algorithm>
#include <cmath>

#include "../../runtime/pool.h"
#include "../../runtime/workspace.h"

namespace lffn {
namespace {
constexpr int64_t kChunk = 16384;
}

void adamw(const Engine& e, const AdamWShape& s, float* parameter, const float* gradient, float* m, float* v) {
  LffnAdamW k;
  k.beta1 = static_cast<float>(s.beta1);
  k.beta2 = static_cast<float>(s.beta2);
  k.rest1 = static_cast<float>(1 - s.beta1);
  k.rest2 = static_cast<float>(1 - s.beta2);
  k.epsilon = static_cast<float>(s.epsilon);
  k.gradient_scale = static_cast<float>(s.gradient_scale);
  k.step_size = static_cast<float>(s.learning_rate / (1 - std::pow(s.beta1, s.step)));
  k.v_scale = static_cast<float>(1 / (1 - std::pow(s.beta2, s.step)));
  k.decay = static_cast<float>(s.learning_rate * s.weight_decay);
  parallel_rows(e.threads, s.size, kChunk, [&](int64_t first, int64_t end, int) {
    e.kernels->adamw(end - first, &k, parameter + first, gradient + first, m + first, v + first);
  });
}

bool sum_of_squares(const Engine& e, int64_t size, const float* x, double* sum) {
  const int64_t chunks = (size + kChunk - 1) / kChunk;
  float* memory;
  if (!workspace({{&memory, 2 * chunks}})) return false;
  double* sums = reinterpret_cast<double*>(memory);
  parallel(e.threads, chunks, [&](int64_t chunk, int) {
    const int64_t first = chunk * kChunk;
    sums[chunk] = e.kernels->sum_of_squares(std::min(kChunk, size - first), x + first);
  });
  *sum = 0;
  for (int64_t i = 0; i < chunks; i++) *sum += sums[i];
  return true;
}

bool cell_variation(const Engine& e, int64_t tables, int64_t bits, int64_t out, int64_t bit, double scale,
                    const float* values, float* dvalues, double* mean) {
  const int64_t cells = int64_t{1} << bits;
  float* memory;
  if (!workspace({{&memory, 2 * tables}})) return false;
  double* sums = reinterpret_cast<double*>(memory);
  const double count =
      static_cast<double>(tables) * static_cast<double>(cells) * static_cast<double>(bit < 0 ? bits : 1) *
      static_cast<double>(out);
  // Each pair stands twice in the mean (from either cell), and the square gives another two.
  const float by = static_cast<float>(4 * scale / count);
  parallel(e.threads, tables, [&](int64_t table, int) {
    double sum = 0;
    for (int64_t j = bit < 0 ? 0 : bit, end = bit < 0 ? bits : bit + 1; j < end; j++) {
      const int64_t flip = int64_t{1} << (bits - 1 - j);
      for (int64_t cell = 0; cell < cells; cell++) {
        if (cell & flip) continue;
        const int64_t a = (table * cells + cell) * out, b = a + flip * out;
        sum += e.kernels->cell_difference(out, values + a, values + b, by, dvalues ? dvalues + a : nullptr,
                                          dvalues ? dvalues + b : nullptr);
      }
    }
    sums[table] = 2 * sum;
  });
  *mean = 0;
  for (int64_t i = 0; i < tables; i++) *mean += sums[i];
  *mean /= count;
  return true;
}

}  // namespace lffn
