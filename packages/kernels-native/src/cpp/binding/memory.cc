// Files in memory, and what the calling thread's scratch holds.
#include <cstring>
#include <memory>
#include <new>
#include <string>

#include "../runtime/mapping.h"
#include "../runtime/workspace.h"
#include "args.h"
#include "functions.h"

namespace lffn {
namespace {

void release(napi_env, void*, void* hint) { delete static_cast<std::shared_ptr<Mapping>*>(hint); }

// path -> ArrayBuffer over the whole file
napi_value js_map_file(napi_env env, napi_callback_info info) {
  size_t count = 1, length = 0;
  napi_value value = nullptr, result = nullptr;
  napi_get_cb_info(env, info, &count, &value, nullptr, nullptr);
  if (count < 1 || napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) {
    return throw_coded(env, "INVALID_ARGUMENT", "mapFile(path) wants a text.");
  }
  std::string path(length, '\0');
  napi_get_value_string_utf8(env, value, path.data(), length + 1, &length);
  int error = 0;
  auto mapping = path.find('\0') == std::string::npos ? map_file(path.c_str(), &error) : nullptr;
  if (!mapping) {
    const std::string message = "The file cannot be mapped into memory: " + std::string(std::strerror(error)) + ".";
    return throw_coded(env, "FILE_IO", message.c_str());
  }
  void* data = mapping->data();
  const size_t bytes = static_cast<size_t>(mapping->bytes());
  auto* kept = new (std::nothrow) std::shared_ptr<Mapping>(std::move(mapping));
  if (!kept || napi_create_external_arraybuffer(env, data, bytes, release, kept, &result) != napi_ok) {
    delete kept;
    // Electron, for one, keeps all of its buffers in a cage.
    return throw_coded(env, "FILE_IO", "This runtime takes no memory from outside as an ArrayBuffer.");
  }
  return result;
}

napi_value js_scratch_bytes(napi_env env, napi_callback_info) {
  napi_value result = nullptr;
  napi_create_double(env, static_cast<double>(workspace_bytes()), &result);
  return result;
}

}  // namespace

void add_memory(napi_env env, napi_value object) {
#if !defined(_WIN32)
  add_function(env, object, "mapFile", js_map_file, nullptr);
#endif
  add_function(env, object, "scratchBytes", js_scratch_bytes, nullptr);
}

}  // namespace lffn
