// Arguments of a call from JavaScript, checked as they are read. The first that is wrong throws a coded JavaScript error
// and the rest read as zero or null: an operation asks `ok()` once, after its last argument.
//
// The package checks every argument before this boundary; here stands the second fence, so that no call, however made,
// reads or writes outside its arrays.
#pragma once
#include <node_api.h>

#include <cstdint>
#include <memory>

namespace lffn {

class Args {
 public:
  Args(napi_env env, napi_callback_info info);

  napi_env env() const { return env_; }
  napi_value receiver() const { return receiver_; }
  void* data() const { return data_; }
  bool ok() const { return !failed_; }
  // For checks beyond one argument.
  void fail(const char* code, const char* message);

  // A whole number from `least` to 2^31 - 1.
  int64_t size(const char* name, int64_t least);
  double number(const char* name);
  bool flag(const char* name);
  // Arrays of exactly that many elements.
  float* f32(const char* name, int64_t length);
  float* f32_or_null(const char* name, int64_t length);
  int32_t* i32(const char* name, int64_t length);
  // To be read only: of shared memory a copy, so that what is checked is what is used, whatever other threads write.
  const int32_t* settled_i32(const char* name, int64_t length);
  // Any length, told in *length.
  float* f32_any(const char* name, int64_t* length);
  // Bytes of any number, told in *length.
  uint8_t* u8_any(const char* name, int64_t* length);
  // Of exactly that many elements, each from 0 to below - 1.
  const int32_t* ids(const char* name, int64_t length, int64_t below);

 private:
  napi_value next();
  void* array(const char* name, napi_typedarray_type type, int64_t length, bool optional, int64_t* found,
              bool* shared = nullptr);

  static constexpr size_t kMost = 24;
  napi_env env_;
  napi_value values_[kMost];
  napi_value receiver_ = nullptr;
  void* data_ = nullptr;
  size_t count_ = kMost;
  size_t at_ = 0;
  bool failed_ = false;
  std::unique_ptr<int32_t[]> copy_;  // no operation takes two arrays that steer it
};

// Products of sizes that stop at 2^62 instead of overflowing: no array is that long, so the length check fails.
int64_t product(int64_t a, int64_t b);
inline int64_t product(int64_t a, int64_t b, int64_t c) { return product(product(a, b), c); }
inline int64_t product(int64_t a, int64_t b, int64_t c, int64_t d) { return product(product(a, b, c), d); }

napi_value throw_coded(napi_env env, const char* code, const char* message);
napi_value throw_no_memory(napi_env env);

}  // namespace lffn
