#include "layer_norm.h"

#include <cstring>

#include "../../runtime/groups.h"
#include "../../runtime/pool.h"
#include "../../runtime/workspace.h"

namespace lffn {

void layer_norm(const Engine& e, int64_t rows, int64_t size, float epsilon, const float* x, const float* weight,
                const float* bias, float* y) {
  parallel_rows(e.threads, rows, 16, [&](int64_t first, int64_t end, int) {
    e.kernels->layer_norm(end - first, size, epsilon, x + first * size, weight, bias, y + first * size);
  });
}

bool layer_norm_backward(const Engine& e, int64_t rows, int64_t size, float epsilon, const float* x,
                         const float* weight, const float* dy, float* dx, float* dweight, float* dbias) {
  if (rows == 0) return true;
  const RowGroups groups(rows, 1);
  float* sums;
  if (!workspace({{&sums, groups.count * 2 * size}})) return false;
  std::memset(sums, 0, groups.count * 2 * size * sizeof(float));
  parallel(e.threads, groups.count, [&](int64_t group, int) {
    const int64_t first = groups.first(group), at = first * size;
    float* own = sums + group * 2 * size;
    e.kernels->layer_norm_backward(groups.end(group) - first, size, epsilon, x + at, weight, dy + at,
                                   dx ? dx + at : nullptr, dweight ? own : nullptr, dbias ? own + size : nullptr);
  });
  add_groups(e, groups.count, 2 * size, sums);
  if (dweight) e.kernels->add(size, dweight, sums, dweight);
  if (dbias) e.kernels->add(size, dbias, sums + size, dbias);
  return true;
}

}  // namespace lffn
