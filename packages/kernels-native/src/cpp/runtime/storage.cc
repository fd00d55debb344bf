#include "storage.h"

#include <cstring>

#include "workspace.h"

namespace lffn {
namespace {

constexpr int64_t kLine = 16;  // floats in 64 bytes
int64_t aligned(int64_t floats) { return (floats + kLine - 1) / kLine * kLine; }

}  // namespace

Storage::~Storage() {
  if (!mapping_) free_floats(data_);
}

int64_t Storage::bytes_of(std::span<const StoragePart> parts) {
  int64_t floats = 0;
  for (const StoragePart& part : parts) floats += part.present ? aligned(part.floats) : 0;
  return floats * static_cast<int64_t>(sizeof(float));
}

void Storage::point(std::span<const StoragePart> parts) {
  float* at = data_;
  for (const StoragePart& part : parts) {
    *part.at = part.present ? at : nullptr;
    at += part.present ? aligned(part.floats) : 0;
  }
}

bool Storage::allocate(std::span<const StoragePart> parts) {
  bytes_ = bytes_of(parts);
  data_ = allocate_floats(bytes_ / static_cast<int64_t>(sizeof(float)));
  if (!data_) return false;
  point(parts);
  // What is saved must not hold what this memory held before.
  for (const StoragePart& part : parts) {
    if (part.present) std::memset(*part.at + part.floats, 0, (aligned(part.floats) - part.floats) * sizeof(float));
  }
  return true;
}

bool Storage::adopt(std::span<const StoragePart> parts, const void* data) {
  bytes_ = bytes_of(parts);
  if (reinterpret_cast<uintptr_t>(data) % 64 == 0) mapping_ = mapping_of(data, bytes_);
  if (mapping_) {
    // Never written to: the kernels take pointers to const.
    data_ = static_cast<float*>(const_cast<void*>(data));
  } else {
    data_ = allocate_floats(bytes_ / static_cast<int64_t>(sizeof(float)));
    if (!data_) return false;
    std::memcpy(data_, data, static_cast<size_t>(bytes_));
  }
  point(parts);
  return true;
}

}  // namespace lffn
