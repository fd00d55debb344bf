// Sums over rows that do not depend on the number of threads: rows are cut into groups by their count alone, every group
// is summed by one thread into its own buffer, and the buffers are added in the order of the groups.
#pragma once
#include <cstdint>

#include "engine.h"
#include "pool.h"

namespace lffn {

struct RowGroups {
  int64_t rows, size, count;

  // Groups are whole multiples of `tile` rows, at least 128 rows, and at most 16.
  RowGroups(int64_t all, int64_t tile) : rows(all) {
    const int64_t wanted = rows / 128 < 1 ? 1 : rows / 128 > 16 ? 16 : rows / 128;
    const int64_t piece = (rows + wanted - 1) / wanted;
    size = (piece + tile - 1) / tile * tile;
    count = size > 0 ? (rows + size - 1) / size : 0;
  }
  int64_t first(int64_t group) const { return group * size; }
  int64_t end(int64_t group) const { return (group + 1) * size < rows ? (group + 1) * size : rows; }
};

// Adds buffers 1 .. count-1 of `floats` each to buffer 0, in order.
inline void add_groups(const Engine& e, int64_t count, int64_t floats, float* buffers) {
  parallel_rows(e.threads, floats, 4096, [&](int64_t first, int64_t end, int) {
    for (int64_t group = 1; group < count; group++) {
      e.kernels->add(end - first, buffers + first, buffers + group * floats + first, buffers + first);
    }
  });
}

}  // namespace lffn
