// The machine's own limits, for benchmarks to compare with.
#include "../ops/roofline/roofline.h"

#include "functions.h"
#include "shapes.h"

namespace lffn {
namespace {

napi_value js_multiply_adds(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const int64_t rounds = a.size("rounds", 0);
  if (!a.ok()) return nullptr;
  napi_value result = nullptr;
  napi_create_double(env, multiply_adds(engine_of(a), rounds), &result);
  return result;
}

napi_value js_read(napi_env env, napi_callback_info info) {
  Args a(env, info);
  int64_t size = 0;
  const float* x = a.f32_any("x", &size);
  const int64_t times = a.size("times", 0);
  if (!a.ok()) return nullptr;
  read_floats(engine_of(a), size, times, x);
  return nullptr;
}

}  // namespace

void add_roofline(napi_env env, napi_value object, const Engine* engine) {
  add_function(env, object, "multiplyAdds", js_multiply_adds, engine);
  add_function(env, object, "read", js_read, engine);
}

}  // namespace lffn
