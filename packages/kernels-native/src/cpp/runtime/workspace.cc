#include "workspace.h"

#include <cstdlib>

#if defined(_MSC_VER)
#include <malloc.h>
#endif
#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace lffn {
namespace {

constexpr int64_t kLine = 16;  // floats in 64 bytes
constexpr size_t kHugePage = size_t{2} << 20;
// Scratch above this is given back when the next call needs less.
constexpr int64_t kKept = int64_t{64} << 20;

struct Buffer {
  float* memory = nullptr;
  int64_t floats = 0;
  ~Buffer() { free_floats(memory); }
};

thread_local Buffer buffer;

}  // namespace

int64_t workspace_bytes() { return buffer.floats * static_cast<int64_t>(sizeof(float)); }

float* allocate_floats(int64_t floats) {
  if (floats < 0 || floats > (int64_t{1} << 58)) return nullptr;
  size_t bytes = static_cast<size_t>((floats + kLine) / kLine * kLine) * sizeof(float);
#if defined(_MSC_VER)
  return static_cast<float*>(_aligned_malloc(bytes, 64));
#else
  // Table rows are read at random: with 4 KB pages every row costs a page walk.
  const bool huge = bytes >= 2 * kHugePage;
  if (huge) bytes = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  void* memory = std::aligned_alloc(huge ? kHugePage : 64, bytes);
#if defined(__linux__)
  if (memory && huge) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  return static_cast<float*>(memory);
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
