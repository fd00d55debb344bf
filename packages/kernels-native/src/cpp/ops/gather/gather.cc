#include "gather.h"

#include "../../runtime/pool.h"
#include "../linear/linear.h"

namespace lffn {

void gather(const Engine& e, const GatherShape& s, const int32_t* index, const float* weights, const float* values,
            const float* bias, float* y) {
  const int64_t entries = s.tables * s.cells;
  parallel_rows(e.threads, s.rows, 8, [&](int64_t first, int64_t end, int) {
    e.kernels->gather(end - first, s.tables, int64_t{1} << s.bits, s.cells, s.out, index + first * entries,
                      weights + first * entries, values, bias, y + first * s.out);
  });
}

void gather_backward(const Engine& e, const GatherShape& s, const int32_t* index, const float* weights,
                     const float* values, const float* dy, float* dweights, float* dvalues, float* dbias) {
  const int64_t entries = s.tables * s.cells, table_cells = int64_t{1} << s.bits;
  if (dweights) {
    parallel_rows(e.threads, s.rows, 8, [&](int64_t first, int64_t end, int) {
      e.kernels->gather_dweights(end - first, s.tables, table_cells, s.cells, s.out, index + first * entries, values,
                                 dy + first * s.out, dweights + first * entries);
    });
  }
  if (dvalues && s.rows > 0) {
    parallel(e.threads, s.tables, [&](int64_t table, int) {
      e.kernels->gather_dtable(s.rows, entries, s.cells, s.out, index + table * s.cells, weights + table * s.cells, dy,
                               dvalues + table * table_cells * s.out);
    });
  }
  if (dbias) add_column_sums(e, s.rows, s.out, dy, dbias);
}

}  // namespace lffn
