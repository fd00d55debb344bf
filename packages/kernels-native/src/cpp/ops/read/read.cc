#include "read.h"

#include <algorithm>
#include <cstring>

#include "../../runtime/groups.h"
#include "../../runtime/pool.h"
#include "../../runtime/workspace.h"

namespace lffn {

int64_t cells_read(int32_t mode, int64_t bits) {
  switch (mode) {
    case LFFN_READ_SINGLE: return 1;
    case LFFN_READ_TWO_CELL: return 2;
    // A table of fewer bits has fewer boundaries to cross.
    case LFFN_READ_THREE_CELL: return std::min<int64_t>(3, bits + 1);
    case LFFN_READ_FOUR_CELL: return std::min<int64_t>(4, bits + 1);
    case LFFN_READ_NEIGHBOURS: return bits + 1;
    default: return int64_t{1} << bits;
  }
}

namespace {

LffnRead kernel_shape(const ReadShape& s, int64_t rows, const float* z, float* scratch) {
  return {rows, s.tables, s.bits, cells_read(s.mode, s.bits), s.mode, s.temperature, s.beta, s.gamma, z, scratch};
}

void add_sums(int64_t groups, int64_t tables, const double* sums, int which, float* to) {
  if (!to) return;
  for (int64_t k = 0; k < tables; k++) {
    double sum = 0;
    for (int64_t g = 0; g < groups; g++) sum += sums[(g * 3 + which) * tables + k];
    to[k] += static_cast<float>(sum);
  }
}

}  // namespace

int64_t read_scratch(int64_t bits) { return 2 * (int64_t{1} << bits); }

bool read(const Engine& e, const ReadShape& s, const float* z, int32_t* cells, float* weights) {
  if (s.rows == 0) return true;
  const int64_t per_slot = read_scratch(s.bits), count = s.tables * cells_read(s.mode, s.bits);
  float* scratch;
  if (!workspace({{&scratch, e.threads * per_slot}})) return false;
  parallel_rows(e.threads, s.rows, 16, [&](int64_t first, int64_t end, int slot) {
    const LffnRead r = kernel_shape(s, end - first, z + first * s.tables * s.bits, scratch + slot * per_slot);
    e.kernels->read(&r, cells + first * count, weights + first * count);
  });
  return true;
}

bool read_backward(const Engine& e, const ReadShape& s, const float* z, const float* dweights, float* dz,
                   float* dtemperature, float* dbeta, float* dgamma) {
  if (s.rows == 0) return true;
  const int64_t per_slot = read_scratch(s.bits), count = s.tables * cells_read(s.mode, s.bits);
  const bool sums_wanted = dtemperature || dbeta || dgamma;
  // Without sums over rows any small piece will do.
  RowGroups groups(s.rows, 16);
  if (!sums_wanted) groups = {s.rows, 1}, groups.size = 16, groups.count = (s.rows + 15) / 16;
  float *scratch, *sum_floats;
  if (!workspace({{&scratch, e.threads * per_slot}, {&sum_floats, sums_wanted ? groups.count * s.tables * 6 : 0}})) {
    return false;
  }
  double* sums = reinterpret_cast<double*>(sum_floats);
  if (sums_wanted) std::memset(sums, 0, groups.count * s.tables * 3 * sizeof(double));
  parallel(e.threads, groups.count, [&](int64_t group, int slot) {
    const int64_t first = groups.first(group), rows = groups.end(group) - first;
    const int64_t at = first * s.tables * s.bits;
    double* own = sums + group * s.tables * 3;
    const LffnRead r = kernel_shape(s, rows, z + at, scratch + slot * per_slot);
    e.kernels->read_backward(&r, dweights + first * count, dz ? dz + at : nullptr, dtemperature ? own : nullptr,
                             dbeta ? own + s.tables : nullptr, dgamma ? own + 2 * s.tables : nullptr);
  });
  add_sums(groups.count, s.tables, sums, 0, dtemperature);
  add_sums(groups.count, s.tables, sums, 1, dbeta);
  add_sums(groups.count, s.tables, sums, 2, dgamma);
  return true;
}

}  // namespace lffn
