// Files in memory, shared with every other process that maps them. Pages are copied on write, so that a stray write from
// JavaScript changes neither the file nor anybody else's view of it.
#pragma once
#include <cstdint>
#include <memory>

namespace lffn {

class Mapping {
 public:
  Mapping(void* data, int64_t bytes) : data_(data), bytes_(bytes) {}
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  void* data() const { return data_; }
  int64_t bytes() const { return bytes_; }

 private:
  void* data_;
  int64_t bytes_;
};

// Null, with the system's errno in *error, when the file cannot be mapped.
std::shared_ptr<Mapping> map_file(const char* path, int* error);

// The mapping that holds all of these bytes, or null: whoever keeps a pointer into it keeps this too.
std::shared_ptr<Mapping> mapping_of(const void* data, int64_t bytes);

}  // namespace lffn
