#include "workspace.h"

#include <cstdlib>

#if defined(_MSC_VER)
#include <malloc.h>
#endif

namespace lffn {
namespace {

constexpr int64_t kLine = 16;  // floats in 64 bytes
// Scratch above this is given back when the next call needs less.
constexpr int64_t kKept = int64_t{64} << 20;

struct Buffer {
  float* memory = nullptr;
  int64_t floats = 0;
  ~Buffer() { free_floats(memory); }
};

thread_local Buffer buffer;

}  // namespace

float* allocate_floats(int64_t floats) {
  if (floats < 0 || floats > (int64_t{1} << 58)) return nullptr;
  const size_t bytes = static_cast<size_t>((floats + kLine) / kLine * kLine) * sizeof(float);
#if defined(_MSC_VER)
  return static_cast<float*>(_aligned_malloc(bytes, 64));
#else
  return static_cast<float*>(std::aligned_alloc(64, bytes));
#endif
}

void free_floats(float* memory) {
#if defined(_MSC_VER)
  _aligned_free(memory);
#else
  std::free(memory);
#endif
}

bool workspace(std::initializer_list<Piece> pieces) {
  int64_t total = 0;
  for (const Piece& piece : pieces) {
    if (piece.floats < 0 || piece.floats > (int64_t{1} << 50)) return false;
    total += (piece.floats + kLine - 1) / kLine * kLine;
  }
  if (buffer.floats < total || (buffer.floats > kKept && total <= kKept)) {
    free_floats(buffer.memory);
    buffer.floats = 0;
    buffer.memory = allocate_floats(total);
    if (!buffer.memory) return false;
    buffer.floats = total;
  }
  float* at = buffer.memory;
  for (const Piece& piece : pieces) {
    *piece.at = at;
    at += (piece.floats + kLine - 1) / kLine * kLine;
  }
  return true;
}

}  // namespace lffn
