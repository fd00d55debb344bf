#include "../ops/optimiser/optimiser.h"

#include "functions.h"
#include "shapes.h"

namespace lffn {
namespace {

napi_value js_adamw(napi_env env, napi_callback_info info) {
  Args a(env, info);
  AdamWShape s{};
  s.size = a.size("size", 0);
  s.learning_rate = a.number("learningRate");
  s.beta1 = a.number("beta1");
  s.beta2 = a.number("beta2");
  s.epsilon = a.number("epsilon");
  s.weight_decay = a.number("weightDecay");
  s.step = a.number("step");
  s.gradient_scale = a.number("gradientScale");
  float* parameter = a.f32("parameter", s.size);
  const float* gradient = a.f32("gradient", s.size);
  float* m = a.f32("m", s.size);
  float* v = a.f32("v", s.size);
  if (a.ok()) adamw(engine_of(a), s, parameter, gradient, m, v);
  return nullptr;
}

napi_value number(napi_env env, double value) {
  napi_value result = nullptr;
  napi_create_double(env, value, &result);
  return result;
}

napi_value js_sum_of_squares(napi_env env, napi_callback_info info) {
  Args a(env, info);
  int64_t size = 0;
  const float* x = a.f32_any("x", &size);
  if (!a.ok()) return nullptr;
  double sum = 0;
  if (!sum_of_squares(engine_of(a), size, x, &sum)) return throw_no_memory(env);
  return number(env, sum);
}

napi_value js_cell_variation(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const int64_t tables = a.size("tables", 1), bits = a.size("bits", 1), out = a.size("out", 1);
  const int64_t bit = a.size("bit", -1);
  const double scale = a.number("scale");
  if (bits > 20) a.fail("SHAPE_MISMATCH", "bits is above 20.");
  if (bit >= bits) a.fail("SHAPE_MISMATCH", "bit must be below bits.");
  const int64_t all = a.ok() ? product(tables, int64_t{1} << bits, out) : 0;
  const float* values = a.f32("tables", all);
  float* dvalues = a.f32_or_null("dtables", all);
  if (!a.ok()) return nullptr;
  double mean = 0;
  if (!cell_variation(engine_of(a), tables, bits, out, bit, scale, values, dvalues, &mean)) return throw_no_memory(env);
  return number(env, mean);
}

}  // namespace

void add_optimiser(napi_env env, napi_value object, const Engine* engine) {
  add_function(env, object, "adamw", js_adamw, engine);
  add_function(env, object, "sumOfSquares", js_sum_of_squares, engine);
  add_function(env, object, "cellVariation", js_cell_variation, engine);
}

}  // namespace lffn
