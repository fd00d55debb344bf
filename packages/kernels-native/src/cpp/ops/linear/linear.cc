// linear and its gradients are one matrix product with different strides. Tasks are blocks of C, so every element of C
// is made by one thread in one order: the result does not depend on the number of threads.
#include "linear.h"

#include <algorithm>

#include "../../runtime/pool.h"
#include "../../runtime/workspace.h"

namespace lffn {
namespace {

constexpr int64_t kRowsATask = 144;

int64_t panels(const Engine& e, int64_t n) { return (n + e.kernels->gemm_panel - 1) / e.kernels->gemm_panel; }

int64_t packed_size(const Engine& e, int64_t n, int64_t k) { return panels(e, n) * e.kernels->gemm_panel * k; }

void pack(const Engine& e, int64_t n, int64_t k, const float* b, int64_t b_depth, int64_t b_column, float* packed) {
  const int64_t panel = e.kernels->gemm_panel;
  // Pieces of about 64 KB: enough to outweigh the hand-over.
  const int64_t piece = std::max<int64_t>(1, 16384 / std::max<int64_t>(1, panel * k));
  parallel_rows(e.threads, panels(e, n), piece, [&](int64_t first, int64_t end, int) {
    const int64_t columns = std::min(n, end * panel) - first * panel;
    e.kernels->gemm_pack(columns, k, b + first * panel * b_column, b_depth, b_column, packed + first * panel * k);
  });
}

struct Product {
  int64_t m, n, k;
  const float* a;
  int64_t a_row, a_depth;
  const float* packed;
  float* c;
  const float* bias;
  bool accumulate, gelu;
};

// A block of C; which B it takes is the caller's to say.
LffnGemmBlock block_of(const Product& p, int64_t i, int64_t rows, int64_t j, int64_t columns, float* scratch) {
  LffnGemmBlock g{};
  g.m = std::min(rows, p.m - i);
  g.n = std::min(columns, p.n - j);
  g.k = p.k;
  g.a = p.a + i * p.a_row;
  g.a_row = p.a_row;
  g.a_depth = p.a_depth;
  g.c = p.c + i * p.n + j;
  g.ldc = p.n;
  g.bias = p.bias ? p.bias + j : nullptr;
  g.accumulate = p.accumulate;
  g.gelu = p.gelu;
  g.scratch = scratch;
  return g;
}

void multiply(const Engine& e, const Product& p, float* scratch) {
  const int64_t panel = e.kernels->gemm_panel, per_slot = e.kernels->gemm_scratch();
  const int64_t row_tasks = std::max<int64_t>(1, (p.m + kRowsATask - 1) / kRowsATask);
  const int64_t tile_rows = e.kernels->gemm_rows;
  const int64_t rows = ((p.m + row_tasks - 1) / row_tasks + tile_rows - 1) / tile_rows * tile_rows;
  // Columns are split too when the rows alone do not keep every thread busy.
  const int64_t wanted = e.threads > 1 ? (4 * e.threads + row_tasks - 1) / row_tasks : 1;
  const int64_t column_tasks = std::max<int64_t>(1, std::min(wanted, panels(e, p.n) / 4));
  const int64_t columns = (panels(e, p.n) + column_tasks - 1) / column_tasks * panel;
  parallel(e.threads, row_tasks * column_tasks, [&](int64_t task, int slot) {
    const int64_t i = task / column_tasks * rows, j = task % column_tasks * columns;
    if (i >= p.m || j >= p.n) return;
    LffnGemmBlock g = block_of(p, i, rows, j, columns, scratch + slot * per_slot);
    g.b = p.packed + j * p.k;
    e.kernels->gemm_block(&g);
  });
}

// Packs all of B, then multiplies.
bool pack_first(const Engine& e, Product p, const float* b, int64_t b_depth, int64_t b_column) {
  float *packed, *scratch;
  if (!workspace({{&packed, packed_size(e, p.n, p.k)}, {&scratch, e.threads * e.kernels->gemm_scratch()}})) {
    return false;
  }
  pack(e, p.n, p.k, b, b_depth, b_column, packed);
  p.packed = packed;
  multiply(e, p, scratch);
  return true;
}

// The same with a B of which each task packs its part as it goes. As many tasks as threads, for what two of them share
// is packed twice.
bool pack_in_slices(const Engine& e, const Product& p, const float* b, int64_t b_depth, int64_t b_column) {
  const int64_t panel = e.kernels->gemm_panel, per_slot = e.kernels->gemm_scratch(), tile_rows = e.kernels->gemm_rows;
  float* scratch;
  if (!workspace({{&scratch, e.threads * per_slot}})) return false;
  const int64_t column_tasks = std::clamp<int64_t>(panels(e, p.n) / 4, 1, e.threads);
  const int64_t row_tasks = (e.threads + column_tasks - 1) / column_tasks;
  const int64_t columns = (panels(e, p.n) + column_tasks - 1) / column_tasks * panel;
  const int64_t rows = ((p.m + row_tasks - 1) / row_tasks + tile_rows - 1) / tile_rows * tile_rows;
  parallel(e.threads, row_tasks * column_tasks, [&](int64_t task, int slot) {
    const int64_t i = task / column_tasks * rows, j = task % column_tasks * columns;
    if (i >= p.m || j >= p.n) return;
    LffnGemmBlock g = block_of(p, i, rows, j, columns, scratch + slot * per_slot);
    g.b = b + j * b_column;
    g.b_depth = b_depth;
    g.b_column = b_column;
    e.kernels->gemm_block(&g);
  });
  return true;
}

// A B of many more numbers than A (a vocabulary's weights) is not worth a packed copy of all of it.
bool pack_and_multiply(const Engine& e, const Product& p, const float* b, int64_t b_depth, int64_t b_column) {
  return std::max(p.n, p.k) > 2 * p.m ? pack_in_slices(e, p, b, b_depth, b_column) : pack_first(e, p, b, b_depth, b_column);
}

}  // namespace

bool linear(const Engine& e, int64_t rows, int64_t in, int64_t out, const float* x, const float* weight,
            const float* bias, float* y) {
  if (rows == 0) return true;
  return pack_and_multiply(e, {rows, out, in, x, in, 1, nullptr, y, bias, false, false}, weight, 1, in);
}

bool linear_backward(const Engine& e, int64_t rows, int64_t in, int64_t out, const float* x, const float* weight,
                     const float* dy, float* dx, float* dweight, float* dbias) {
  if (rows == 0) return true;
  if (dx && !pack_and_multiply(e, {rows, in, out, dy, out, 1, nullptr, dx, nullptr, true, false}, weight, in, 1)) {
    return false;
  }
  if (dweight && !pack_and_multiply(e, {out, in, rows, dy, 1, out, nullptr, dweight, nullptr, true, false}, x, in, 1)) {
    return false;
  }
  if (dbias) add_column_sums(e, rows, out, dy, dbias);
  return true;
}

void add_column_sums(const Engine& e, int64_t rows, int64_t columns, const float* x, float* sums) {
  // Threads share the columns: no two write one sum, and each adds its rows in order.
  const int64_t piece = std::max<int64_t>(64, (columns / e.threads + 15) / 16 * 16);
  parallel_rows(e.threads, columns, piece, [&](int64_t first, int64_t end, int) {
    e.kernels->column_sums(rows, end - first, x + first, columns, sums + first);
  });
}

int64_t packed_floats(const Engine& e, int64_t in, int64_t out) { return packed_size(e, out, in); }

void pack_linear(const Engine& e, int64_t in, int64_t out, const float* weight, float* packed) {
  pack(e, out, in, weight, 1, in, packed);
}

bool packed_linear(const Engine& e, int64_t rows, int64_t in, int64_t out, const float* x, const float* packed,
                   const float* bias, bool gelu, float* y) {
  if (rows == 0) return true;
  float* scratch;
  if (!workspace({{&scratch, e.threads * e.kernels->gemm_scratch()}})) return false;
  multiply(e, {rows, out, in, x, in, 1, packed, y, bias, false, gelu}, scratch);
  return true;
}

void packed_linear_in(const Engine& e, int64_t rows, int64_t in, int64_t out, const float* x, const float* packed,
                      const float* bias, bool accumulate, float* y, float* scratch) {
  multiply(e, {rows, out, in, x, in, 1, packed, y, bias, accumulate, false}, scratch);
}

}  // namespace lffn
