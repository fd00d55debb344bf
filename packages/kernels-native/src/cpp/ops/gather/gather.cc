#include "gather.h"

#include <algorithm>

#include "../../runtime/pieces.h"
#include "../../runtime/pool.h"
#include "../linear/linear.h"

namespace lffn {

namespace {

// Sizes that stay in a cache which cores share, and which may be less than it seems on a machine shared with others:
// rows of tables taken together, and the rows of y that pass over them again and again. A whole LookupFFN of 768 columns
// and int8 rows takes 16 to 19 us a token so at 2048 tokens on Zen 3, and 23 to 24 with twice the tables and all rows.
constexpr int64_t kTableBytes = int64_t{2} << 20, kOutputBytes = int64_t{3} << 20;
// What a thread takes over from a slower one is one group of tables over one piece: small, but not so small that a table
// row that is fetched serves few rows of y.
constexpr int64_t kPiecesAThread = 2;

// Tables taken together: a multiple of the kernel's groups of eight entries, so that the order of the sum, and with it
// every bit of it, is that of one pass over all tables.
int64_t tables_together(const GatherShape& s, int32_t dtype) {
  const int64_t table = table_bytes(dtype, int64_t{1} << s.bits, s.out);
  int64_t together = 8;
  while (2 * together * table <= kTableBytes && together < s.tables) together *= 2;
  return together;
}

}  // namespace

void gather(const Engine& e, const GatherShape& s, const int32_t* index, const float* weights, const float* values,
            const float* bias, float* y) {
  gather_kept(e, s, index, weights, {LFFN_F32, s.out, values, nullptr}, bias, y);
}

void gather_kept(const Engine& e, const GatherShape& s, const int32_t* index, const float* weights,
                 const TableRows& kept, const float* bias, float* y) {
  const int64_t entries = s.tables * s.cells, table_cells = int64_t{1} << s.bits;
  const auto run = [&](int64_t first, int64_t end, int64_t table, int64_t tables, int64_t column, int64_t columns) {
    LffnGather g;
    g.rows = end - first;
    g.tables = tables;
    g.table_cells = table_cells;
    g.cells = s.cells;
    g.out = columns;
    g.stride = entries;
    g.index = index + first * entries + table * s.cells;
    g.weights = weights + first * entries + table * s.cells;
    g.dtype = kept.dtype;
    g.row_stride = kept.row_stride;
    g.values = static_cast<const char*>(kept.values) + table * table_bytes(kept.dtype, table_cells, s.out) +
               table_column_bytes(kept.dtype, column);
    g.scales = kept.scales ? kept.scales + table * table_cells : nullptr;
    g.bias = bias ? bias + column : nullptr;
    g.accumulate = table > 0;
    g.y = y + first * s.out + column;
    g.y_stride = s.out;
    e.kernels->gather(&g);
  };
  // n reads of m rows touch m (1 - exp(-n/m)) of them. Going table by table, each is read from memory once, and y comes
  // and goes from the nearest caches instead: worth it from n = m/4 on, where an eighth of the reads are repeats.
  const int64_t share = (s.rows + e.threads - 1) / e.threads;
  const bool by_tables = s.tables > 8 && share * s.cells >= table_cells / 4;
  if (by_tables) {
    const int64_t most = std::max<int64_t>(64, kOutputBytes / (s.out * static_cast<int64_t>(sizeof(float))));
    const int64_t step = tables_together(s, kept.dtype), steps = (s.tables + step - 1) / step;
    const int64_t windows = (share + most - 1) / most;
    const int64_t pieces = e.threads > 1 ? std::min(kPiecesAThread * e.threads, Pieces::kMost) : 1;
    for (int64_t w = 0; w < windows; w++) {
      const int64_t start = s.rows * w / windows, rows = s.rows * (w + 1) / windows - start;
      parallel_steps(e.threads, pieces, steps, [&](int64_t piece, int64_t group) {
        const int64_t first = start + rows * piece / pieces, end = start + rows * (piece + 1) / pieces;
        run(first, end, group * step, std::min(step, s.tables - group * step), 0, s.out);
      });
    }
    return;
  }
  // Columns are split too when the rows alone do not keep every thread busy.
  constexpr int64_t kRows = 8, kColumns = 64;
  const int64_t row_tasks = (s.rows + kRows - 1) / kRows;
  const int64_t wanted = row_tasks > 0 && row_tasks < e.threads ? (e.threads + row_tasks - 1) / row_tasks : 1;
  const int64_t width = std::max(kColumns, (s.out / wanted + kColumns - 1) / kColumns * kColumns);
  const int64_t parts = wanted > 1 ? (s.out + width - 1) / width : 1;
  parallel(e.threads, row_tasks * parts, [&](int64_t task, int) {
    const int64_t first = task / parts * kRows, end = std::min(s.rows, first + kRows);
    const int64_t column = parts > 1 ? task % parts * width : 0;
    run(first, end, 0, s.tables, column, parts > 1 ? std::min(width, s.out - column) : s.out);
  });
}

void gather_backward(const Engine& e, const GatherShape& s, const int32_t* index, const float* weights,
                     const float* values, const float* dy, float* dweights, float* dvalues, float* dbias) {
  const int64_t entries = s.tables * s.cells, table = (int64_t{1} << s.bits) * s.out;
  if ((dweights || dvalues) && s.rows > 0) {
    // Two tables at a time share the reading of dy, as long as they and their gradients fit a private cache.
    constexpr int64_t kCacheFloats = int64_t{1} << 17;
    const int64_t together = 4 * table <= kCacheFloats ? 2 : 1;
    parallel_rows(e.threads, s.tables, together, [&](int64_t first, int64_t end, int) {
      LffnGatherBackward g;
      g.rows = s.rows;
      g.tables = end - first;
      g.table_cells = int64_t{1} << s.bits;
      g.cells = s.cells;
      g.out = s.out;
      g.stride = entries;
      g.index = index + first * s.cells;
      g.weights = weights + first * s.cells;
      g.values = values + first * table;
      g.dy = dy;
      g.dweights = dweights ? dweights + first * s.cells : nullptr;
      g.dvalues = dvalues ? dvalues + first * table : nullptr;
      e.kernels->gather_backward(&g);
    });
  }
  if (dbias) add_column_sums(e, s.rows, s.out, dy, dbias);
}

}  // namespace lffn
