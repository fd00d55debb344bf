#include "hadamard.h"

#include <algorithm>

#include "../../runtime/pool.h"
#include "../../runtime/workspace.h"

namespace lffn {
namespace {
int64_t rows_a_task(int64_t size) { return std::max<int64_t>(1, 4096 / size); }
}  // namespace

void hadamard(const Engine& e, int64_t rows, int64_t size, const float* x, float* y) {
  parallel_rows(e.threads, rows, rows_a_task(size), [&](int64_t first, int64_t end, int) {
    e.kernels->hadamard(end - first, size, x + first * size, y + first * size);
  });
}

bool hadamard_backward(const Engine& e, int64_t rows, int64_t size, const float* dy, float* dx) {
  float* scratch;
  if (!workspace({{&scratch, e.threads * size}})) return false;
  parallel_rows(e.threads, rows, rows_a_task(size), [&](int64_t first, int64_t end, int slot) {
    float* own = scratch + slot * size;
    for (int64_t i = first; i < end; i++) {
      e.kernels->hadamard(1, size, dy + i * size, own);
      e.kernels->add(size, dx + i * size, own, dx + i * size);
    }
  });
  return true;
}

}  // namespace lffn
