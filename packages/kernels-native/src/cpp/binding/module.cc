// The addon's door: isas(), cpus() and create(isa, threads, tileRows?). No state hangs on the module, so that any number of
// worker_threads may load it.
#include <node_api.h>

#include <cstring>
#include <map>
#include <mutex>
#include <tuple>

#if !defined(_WIN32)
#include <dlfcn.h>
#endif

#include "../runtime/cpus.h"
#include "../runtime/isa.h"
#include "args.h"
#include "functions.h"

namespace lffn {
namespace {

constexpr int64_t kMostThreads = 256;

constexpr int64_t kMostTileRows = 256;

// Engines are kept for good, one a combination: functions point to theirs for as long as JavaScript holds them.
const Engine* engine(const LffnKernels* kernels, int threads, int tile_rows) {
  static std::mutex mutex;
  static auto* const engines = new std::map<std::tuple<const LffnKernels*, int, int>, Engine>;
  std::lock_guard<std::mutex> lock(mutex);
  return &engines->try_emplace({kernels, threads, tile_rows}, Engine{kernels, threads, tile_rows}).first->second;
}

// Node unloads an addon when the last worker that loaded it ends, while pool threads still sleep in its code: pin it.
void stay_loaded() {
#if !defined(_WIN32)
  static const bool pinned = [] {
    Dl_info info;
    if (dladdr(reinterpret_cast<void*>(&stay_loaded), &info) && info.dli_fname) {
      dlopen(info.dli_fname, RTLD_NOW | RTLD_NODELETE);
    }
    return true;
  }();
  (void)pinned;
#endif
}

napi_value names(napi_env env, const LffnKernels* const* kernels) {
  napi_value list = nullptr;
  napi_create_array(env, &list);
  for (uint32_t i = 0; kernels[i]; i++) {
    napi_value name = nullptr;
    napi_create_string_utf8(env, kernels[i]->name, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, list, i, name);
  }
  return list;
}

napi_value js_isas(napi_env env, napi_callback_info) { return names(env, supported_kernels()); }

napi_value js_built(napi_env env, napi_callback_info) { return names(env, built_kernels()); }

napi_value js_cpus(napi_env env, napi_callback_info) {
  napi_value result = nullptr;
  napi_create_int32(env, available_cpus(), &result);
  return result;
}

napi_value group(napi_env env, napi_value object, const char* name) {
  napi_value made = nullptr;
  napi_create_object(env, &made);
  napi_set_named_property(env, object, name, made);
  return made;
}

napi_value js_create(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value values[3];
  napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  char name[32] = "";
  size_t length = 0;
  double threads = 0, tile_rows = Engine{}.tile_rows;
  if (count < 2 || napi_get_value_string_utf8(env, values[0], name, sizeof name, &length) != napi_ok ||
      napi_get_value_double(env, values[1], &threads) != napi_ok || !(threads >= 1 && threads <= kMostThreads) ||
      (count > 2 && napi_get_value_double(env, values[2], &tile_rows) != napi_ok) ||
      !(tile_rows >= 2 && tile_rows <= kMostTileRows)) {
    return throw_coded(env, "INVALID_ARGUMENT", "create(isa, threads, tileRows) wants a name, 1 to 256, and 2 to 256 or nothing.");
  }
  const LffnKernels* kernels = kernels_named(name);
  if (!kernels) return throw_coded(env, "INVALID_ARGUMENT", "This machine has no such instruction set.");
  const Engine* e = engine(kernels, static_cast<int>(threads), static_cast<int>(tile_rows));
  napi_value result = nullptr;
  napi_create_object(env, &result);
  add_forward(env, group(env, result, "ops"), e);
  add_gradients(env, group(env, result, "grad"), e);
  add_optimiser(env, group(env, result, "optim"), e);
  add_prepare(env, group(env, result, "prepare"), e);
  add_roofline(env, group(env, result, "roofline"), e);
  return result;
}

}  // namespace

void add_function(napi_env env, napi_value object, const char* name, napi_callback callback, const Engine* engine) {
  napi_value function = nullptr;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, const_cast<Engine*>(engine), &function) == napi_ok) {
    napi_set_named_property(env, object, name, function);
  }
}

}  // namespace lffn

NAPI_MODULE_INIT() {
  lffn::stay_loaded();
  lffn::add_function(env, exports, "isas", lffn::js_isas, nullptr);
  lffn::add_function(env, exports, "built", lffn::js_built, nullptr);
  lffn::add_function(env, exports, "cpus", lffn::js_cpus, nullptr);
  lffn::add_function(env, exports, "create", lffn::js_create, nullptr);
  lffn::add_memory(env, exports);
  return exports;
}
