#include "handle.h"

#include <cstring>
#include <new>

#include "functions.h"
#include "shapes.h"

namespace lffn {
namespace {

// What a wrapped object points to; `prepared` is null after dispose().
struct Handle {
  Prepared* prepared;
};

constexpr napi_type_tag kHandleTag = {0x6c6f6f6b75706666ULL, 0x6e2d707265706172ULL};

void finalize(napi_env env, void* data, void*) {
  Handle* handle = static_cast<Handle*>(data);
  if (handle->prepared) {
    int64_t now = 0;
    napi_adjust_external_memory(env, -handle->prepared->owned(), &now);
    delete handle->prepared;
  }
  delete handle;
}

// The handle of the receiver, or null with an error thrown.
Handle* handle_of(const Args& a) {
  bool tagged = false;
  void* data = nullptr;
  napi_valuetype kind = napi_undefined;
  napi_typeof(a.env(), a.receiver(), &kind);
  if (kind != napi_object || napi_check_object_type_tag(a.env(), a.receiver(), &kHandleTag, &tagged) != napi_ok ||
      !tagged || napi_unwrap(a.env(), a.receiver(), &data) != napi_ok) {
    throw_coded(a.env(), "INVALID_ARGUMENT", "This is not a prepared operation of this addon.");
    return nullptr;
  }
  return static_cast<Handle*>(data);
}

napi_value js_forward(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Handle* handle = handle_of(a);
  if (!handle) return nullptr;
  if (!handle->prepared) return throw_coded(env, "DISPOSED", "A prepared operation was used after dispose().");
  const int64_t rows = a.size("rows", 0);
  const float* x = a.f32("x", product(rows, handle->prepared->in()));
  float* y = a.f32("y", product(rows, handle->prepared->out()));
  if (!a.ok()) return nullptr;
  return handle->prepared->forward(rows, x, y) ? nullptr : throw_no_memory(env);
}

napi_value js_dispose(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Handle* handle = handle_of(a);
  if (!handle || !handle->prepared) return nullptr;
  int64_t now = 0;
  napi_adjust_external_memory(env, -handle->prepared->owned(), &now);
  delete handle->prepared;
  handle->prepared = nullptr;
  return nullptr;
}

// A copy of the packed bytes, as the adopting functions take them.
napi_value js_save(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Handle* handle = handle_of(a);
  if (!handle) return nullptr;
  if (!handle->prepared) return throw_coded(env, "DISPOSED", "A prepared operation was used after dispose().");
  const Storage& storage = handle->prepared->storage();
  int64_t length = 0;
  uint8_t* to = a.u8_any("bytes", &length);
  if (a.ok() && length != storage.bytes()) a.fail("SHAPE_MISMATCH", "bytes must be as long as the handle says.");
  if (!a.ok()) return nullptr;
  std::memcpy(to, storage.data(), static_cast<size_t>(length));
  return nullptr;
}

void set_number(napi_env env, napi_value object, const char* name, int64_t value) {
  napi_value number = nullptr;
  napi_create_double(env, static_cast<double>(value), &number);
  napi_set_named_property(env, object, name, number);
}

}  // namespace

napi_value wrap(const Args& a, Prepared* prepared) {
  napi_env env = a.env();
  if (!prepared) {
    return throw_coded(env, "OUT_OF_MEMORY", "There is not enough memory for the prepared weights.");
  }
  const Engine* engine = &engine_of(a);
  napi_value object = nullptr;
  Handle* handle = new (std::nothrow) Handle{prepared};
  if (!handle || napi_create_object(env, &object) != napi_ok ||
      napi_type_tag_object(env, object, &kHandleTag) != napi_ok ||
      napi_wrap(env, object, handle, finalize, nullptr, nullptr) != napi_ok) {
    delete handle;
    delete prepared;
    return throw_coded(env, "OUT_OF_MEMORY", "The prepared weights cannot be wrapped.");
  }
  int64_t now = 0;
  napi_adjust_external_memory(env, prepared->owned(), &now);
  set_number(env, object, "bytes", prepared->storage().bytes());
  set_number(env, object, "mapped", prepared->storage().bytes() - prepared->owned());
  set_number(env, object, "tables", prepared->table_bytes());
  set_number(env, object, "projection", prepared->projection_bytes());
  add_function(env, object, "save", js_save, engine);
  add_function(env, object, "forward", js_forward, engine);
  add_function(env, object, "dispose", js_dispose, engine);
  return object;
}

}  // namespace lffn
