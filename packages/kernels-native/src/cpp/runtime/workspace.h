// Scratch memory of the calling thread, grown as needed and reused from call to call.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace lffn {

struct Piece {
  float** at;
  int64_t floats;
};

// Points every piece at its own 64-byte aligned scratch. False when there is no memory. What was there before is gone:
// one call per operation.
bool workspace(std::initializer_list<Piece> pieces);

// Bytes that the calling thread's scratch holds.
int64_t workspace_bytes();

// Aligned memory for things that outlive a call; null when there is none.
float* allocate_floats(int64_t floats);
void free_floats(float* memory);

}  // namespace lffn
