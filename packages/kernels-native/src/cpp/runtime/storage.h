// Where prepared weights lie: in memory of ours, or in a mapped file that others share. Either way they are one run of
// bytes whose inner places follow from sizes alone, so that it can be saved and adopted as it is.
#pragma once
#include <cstdint>
#include <memory>
#include <span>

#include "mapping.h"

namespace lffn {

// A part of the run: absent ones take no room and leave *at null.
struct StoragePart {
  float** at;
  int64_t floats;
  bool present;
};

class Storage {
 public:
  Storage() = default;
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  // Bytes that such parts take, each on a cache line of its own.
  static int64_t bytes_of(std::span<const StoragePart> parts);
  // New memory, zero between the parts. False: no memory.
  bool allocate(std::span<const StoragePart> parts);
  // bytes_of(parts) bytes that were saved before: shared when they lie in a mapping, else copied. False: no memory.
  bool adopt(std::span<const StoragePart> parts, const void* data);

  const void* data() const { return data_; }
  int64_t bytes() const { return bytes_; }
  bool mapped() const { return mapping_ != nullptr; }

 private:
  void point(std::span<const StoragePart> parts);
  float* data_ = nullptr;
  int64_t bytes_ = 0;
  std::shared_ptr<Mapping> mapping_;
};

}  // namespace lffn
