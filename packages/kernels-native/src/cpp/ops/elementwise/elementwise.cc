#include "elementwise.h"

#include <algorithm>
#include <cstring>

#include "../../runtime/pool.h"

namespace lffn {
namespace {
constexpr int64_t kPiece = 8192;
}

void gelu(const Engine& e, int64_t size, const float* x, float* y) {
  parallel_rows(e.threads, size, kPiece,
                [&](int64_t first, int64_t end, int) { e.kernels->gelu(end - first, x + first, y + first); });
}

void gelu_backward(const Engine& e, int64_t size, const float* x, const float* dy, float* dx) {
  parallel_rows(e.threads, size, kPiece, [&](int64_t first, int64_t end, int) {
    e.kernels->gelu_backward(end - first, x + first, dy + first, dx + first);
  });
}

void add(const Engine& e, int64_t size, const float* a, const float* b, float* y) {
  parallel_rows(e.threads, size, 4 * kPiece,
                [&](int64_t first, int64_t end, int) { e.kernels->add(end - first, a + first, b + first, y + first); });
}

void embedding(const Engine& e, int64_t rows, int64_t size, const int32_t* ids, const float* table, float* y) {
  parallel_rows(e.threads, rows, 64, [&](int64_t first, int64_t end, int) {
    for (int64_t i = first; i < end; i++) {
      std::memcpy(y + i * size, table + ids[i] * size, size * sizeof(float));
    }
  });
}

void embedding_backward(const Engine& e, int64_t rows, int64_t size, const int32_t* ids, const float* dy,
                        float* dtable) {
  // Threads share the columns, so that an id that occurs twice is added to in row order by one thread.
  const int64_t piece = std::max<int64_t>(32, (size / e.threads + 15) / 16 * 16);
  parallel_rows(e.threads, size, piece, [&](int64_t first, int64_t end, int) {
    for (int64_t i = 0; i < rows; i++) {
      float* to = dtable + ids[i] * size + first;
      e.kernels->add(end - first, to, dy + i * size + first, to);
    }
  });
}

}  // namespace lffn
