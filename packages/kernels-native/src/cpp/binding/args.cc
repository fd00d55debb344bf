#include "args.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <new>

namespace lffn {

Args::Args(napi_env env, napi_callback_info info) : env_(env) {
  if (napi_get_cb_info(env, info, &count_, values_, &receiver_, &data_) != napi_ok) {
    count_ = 0;
    fail("INVALID_ARGUMENT", "The call's arguments cannot be read.");
  }
  if (count_ > kMost) count_ = kMost;
}

void Args::fail(const char* code, const char* message) {
  if (failed_) return;
  failed_ = true;
  throw_coded(env_, code, message);
}

napi_value Args::next() {
  const size_t i = at_++;
  return i < count_ ? values_[i] : nullptr;
}

double Args::number(const char* name) {
  napi_value value = next();
  double found = 0;
  if (failed_) return 0;
  if (!value || napi_get_value_double(env_, value, &found) != napi_ok) {
    char message[160];
    std::snprintf(message, sizeof message, "%s must be a number.", name);
    fail("INVALID_ARGUMENT", message);
    return 0;
  }
  return found;
}

int64_t Args::size(const char* name, int64_t least) {
  const double found = number(name);
  if (failed_) return 0;
  if (!(found >= static_cast<double>(least) && found < 2147483648.0) || found != std::floor(found)) {
    char message[160];
    std::snprintf(message, sizeof message, "%s is %g; it must be a whole number of at least %lld.", name, found,
                  static_cast<long long>(least));
    fail("SHAPE_MISMATCH", message);
    return 0;
  }
  return static_cast<int64_t>(found);
}

bool Args::flag(const char* name) {
  napi_value value = next();
  bool found = false;
  if (failed_) return false;
  if (!value || napi_get_value_bool(env_, value, &found) != napi_ok) {
    char message[160];
    std::snprintf(message, sizeof message, "%s must be true or false.", name);
    fail("INVALID_ARGUMENT", message);
  }
  return found;
}

void* Args::array(const char* name, napi_typedarray_type type, int64_t length, bool optional, int64_t* found,
                  bool* shared) {
  napi_value value = next();
  if (failed_) return nullptr;
  napi_valuetype kind = napi_undefined;
  if (value) napi_typeof(env_, value, &kind);
  if (optional && (kind == napi_null || kind == napi_undefined)) return nullptr;
  bool typed = false;
  if (value) napi_is_typedarray(env_, value, &typed);
  napi_typedarray_type actual = napi_int8_array;
  size_t elements = 0;
  void* data = nullptr;
  napi_value buffer = nullptr;
  char message[200];
  const char* wanted = type == napi_float32_array ? "Float32Array" : type == napi_int32_array ? "Int32Array" : "Uint8Array";
  if (!typed || napi_get_typedarray_info(env_, value, &actual, &elements, &data, &buffer, nullptr) != napi_ok ||
      actual != type) {
    std::snprintf(message, sizeof message, "%s must be a %s.", name, wanted);
    fail("SHAPE_MISMATCH", message);
    return nullptr;
  }
  if (length >= 0 && static_cast<int64_t>(elements) != length) {
    std::snprintf(message, sizeof message, "%s has %lld elements; the shape asks for %lld.", name,
                  static_cast<long long>(elements), static_cast<long long>(length));
    fail("SHAPE_MISMATCH", message);
    return nullptr;
  }
  if (found) *found = static_cast<int64_t>(elements);
  if (shared) {
    bool own = false;
    napi_is_arraybuffer(env_, buffer, &own);
    *shared = !own;
  }
  return data;
}

float* Args::f32(const char* name, int64_t length) {
  return static_cast<float*>(array(name, napi_float32_array, length, false, nullptr));
}
float* Args::f32_or_null(const char* name, int64_t length) {
  return static_cast<float*>(array(name, napi_float32_array, length, true, nullptr));
}
float* Args::f32_any(const char* name, int64_t* length) {
  *length = 0;
  return static_cast<float*>(array(name, napi_float32_array, -1, false, length));
}
uint8_t* Args::u8_any(const char* name, int64_t* length) {
  *length = 0;
  return static_cast<uint8_t*>(array(name, napi_uint8_array, -1, false, length));
}
int32_t* Args::i32(const char* name, int64_t length) {
  return static_cast<int32_t*>(array(name, napi_int32_array, length, false, nullptr));
}

const int32_t* Args::settled_i32(const char* name, int64_t length) {
  bool shared = false;
  const int32_t* values = static_cast<int32_t*>(array(name, napi_int32_array, length, false, nullptr, &shared));
  if (failed_ || !shared) return values;
  copy_.reset(new (std::nothrow) int32_t[length]);
  if (!copy_) {
    fail("OUT_OF_MEMORY", "There is not enough memory to copy an array of shared memory.");
    return nullptr;
  }
  std::copy(values, values + length, copy_.get());
  return copy_.get();
}

const int32_t* Args::ids(const char* name, int64_t length, int64_t below) {
  const int32_t* values = settled_i32(name, length);
  if (failed_) return nullptr;
  for (int64_t i = 0; i < length; i++) {
    if (values[i] < 0 || values[i] >= below) {
      char message[200];
      std::snprintf(message, sizeof message, "%s[%lld] is %d; it must be from 0 to %lld.", name,
                    static_cast<long long>(i), values[i], static_cast<long long>(below - 1));
      fail("INDEX_OUT_OF_RANGE", message);
      return nullptr;
    }
  }
  return values;
}

int64_t product(int64_t a, int64_t b) {
  constexpr int64_t kMost = int64_t{1} << 62;
  if (a < 0 || b < 0) return kMost;
  if (a != 0 && b > kMost / a) return kMost;
  return a * b;
}

napi_value throw_coded(napi_env env, const char* code, const char* message) {
  napi_throw_error(env, code, message);
  return nullptr;
}

napi_value throw_no_memory(napi_env env) {
  return throw_coded(env, "OUT_OF_MEMORY", "There is not enough memory for this operation's scratch space.");
}

}  // namespace lffn
