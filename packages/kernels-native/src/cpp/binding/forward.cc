// The forward operations: arguments in, driver called, nothing returned.
#include "../ops/attention/attention.h"
#include "../ops/elementwise/elementwise.h"
#include "../ops/hadamard/hadamard.h"
#include "../ops/layer_norm/layer_norm.h"
#include "../ops/linear/linear.h"
#include "../ops/softmax/softmax.h"
#include "functions.h"
#include "shapes.h"

namespace lffn {
namespace {

napi_value done(const Args& a, bool had_memory) { return had_memory ? nullptr : throw_no_memory(a.env()); }

// rows, size
struct Rows {
  int64_t rows, size, total;
  explicit Rows(Args& a) : rows(a.size("rows", 0)), size(a.size("size", 1)), total(product(rows, size)) {}
};

napi_value js_hadamard(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const Rows s(a);
  if (s.size & (s.size - 1)) a.fail("SHAPE_MISMATCH", "size must be a power of two.");
  const float* x = a.f32("x", s.total);
  float* y = a.f32("y", s.total);
  if (a.ok()) hadamard(engine_of(a), s.rows, s.size, x, y);
  return nullptr;
}

napi_value js_bh4(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const Bh4Shape s = bh4_shape(a);
  const float* x = a.f32("x", product(s.rows, s.hidden));
  const float* weight = a.f32("weight", bh4_weights(s));
  float* y = a.f32("y", product(s.rows, s.repeats, padded_size(s.hidden)));
  return done(a, !a.ok() || bh4(engine_of(a), s, x, weight, y));
}

napi_value js_project(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const Projection p = projection_shape(a);
  const float* x = a.f32("x", product(p.bh4.rows, p.bh4.hidden));
  const float* weight = a.f32("weight", p.weights);
  const float* bias = a.f32("bias", p.code_bits);
  float* z = a.f32("z", product(p.bh4.rows, p.code_bits));
  if (!a.ok()) return nullptr;
  const Engine& e = engine_of(a);
  return done(a, p.dense ? linear(e, p.bh4.rows, p.bh4.hidden, p.code_bits, x, weight, bias, z)
                         : project(e, p.bh4, p.code_bits, x, weight, bias, z));
}

napi_value js_read(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const ReadShape s = read_shape(a);
  const int64_t all = product(s.rows, s.tables, cells_read(s.mode, s.bits));
  const float* z = a.f32("z", product(s.rows, s.tables, s.bits));
  int32_t* cells = a.i32("cells", all);
  float* weights = a.f32("weights", all);
  return done(a, !a.ok() || read(engine_of(a), s, z, cells, weights));
}

napi_value js_gather(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const GatherShape s = gather_shape(a);
  const int64_t entries = product(s.rows, s.tables, s.cells);
  const int32_t* cells = a.ids("cells", entries, int64_t{1} << s.bits);
  const float* weights = a.f32("weights", entries);
  const float* values = a.f32("tables", product(s.tables, int64_t{1} << s.bits, s.out));
  const float* bias = a.f32_or_null("bias", s.out);
  float* y = a.f32("y", product(s.rows, s.out));
  if (a.ok()) gather(engine_of(a), s, cells, weights, values, bias, y);
  return nullptr;
}

napi_value js_layer_norm(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const Rows s(a);
  const float epsilon = static_cast<float>(a.number("epsilon"));
  const float* x = a.f32("x", s.total);
  const float* weight = a.f32("weight", s.size);
  const float* bias = a.f32("bias", s.size);
  float* y = a.f32("y", s.total);
  if (a.ok()) layer_norm(engine_of(a), s.rows, s.size, epsilon, x, weight, bias, y);
  return nullptr;
}

napi_value js_linear(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const int64_t rows = a.size("rows", 0), in = a.size("in", 1), out = a.size("out", 1);
  const float* x = a.f32("x", product(rows, in));
  const float* weight = a.f32("weight", product(out, in));
  const float* bias = a.f32_or_null("bias", out);
  float* y = a.f32("y", product(rows, out));
  return done(a, !a.ok() || linear(engine_of(a), rows, in, out, x, weight, bias, y));
}

napi_value js_gelu(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const int64_t size = a.size("size", 0);
  const float* x = a.f32("x", size);
  float* y = a.f32("y", size);
  if (a.ok()) gelu(engine_of(a), size, x, y);
  return nullptr;
}

napi_value js_softmax(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const Rows s(a);
  const float* x = a.f32("x", s.total);
  float* y = a.f32("y", s.total);
  if (a.ok()) softmax(engine_of(a), s.rows, s.size, x, y);
  return nullptr;
}

napi_value js_attention(napi_env env, napi_callback_info info) {
  Args a(env, info);
  AttentionShape s{};
  s.rows = a.size("rows", 0);
  s.sequences = a.size("sequences", 0);
  s.heads = a.size("heads", 1);
  s.head_size = a.size("headSize", 1);
  const int64_t all = product(s.rows, s.heads, s.head_size);
  const int32_t* offsets = sequence_offsets(a, s.sequences, s.rows);
  const float* q = a.f32("q", all);
  const float* k = a.f32("k", all);
  const float* v = a.f32("v", all);
  float* y = a.f32("y", all);
  return done(a, !a.ok() || attention(engine_of(a), s, offsets, q, k, v, y));
}

napi_value js_embedding(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const int64_t rows = a.size("rows", 0), vocabulary = a.size("vocabulary", 1), size = a.size("size", 1);
  const int32_t* ids = a.ids("ids", rows, vocabulary);
  const float* table = a.f32("table", product(vocabulary, size));
  float* y = a.f32("y", product(rows, size));
  if (a.ok()) embedding(engine_of(a), rows, size, ids, table, y);
  return nullptr;
}

napi_value js_add(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const int64_t size = a.size("size", 0);
  const float* left = a.f32("a", size);
  const float* right = a.f32("b", size);
  float* y = a.f32("y", size);
  if (a.ok()) add(engine_of(a), size, left, right, y);
  return nullptr;
}

napi_value js_cross_entropy(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const int64_t rows = a.size("rows", 0), classes = a.size("classes", 1);
  const float* logits = a.f32("logits", product(rows, classes));
  const int32_t* targets = a.ids("targets", rows, classes);
  float* losses = a.f32("losses", rows);
  if (a.ok()) cross_entropy(engine_of(a), rows, classes, logits, targets, losses);
  return nullptr;
}

}  // namespace

void add_forward(napi_env env, napi_value object, const Engine* engine) {
  add_function(env, object, "hadamard", js_hadamard, engine);
  add_function(env, object, "bh4", js_bh4, engine);
  add_function(env, object, "project", js_project, engine);
  add_function(env, object, "read", js_read, engine);
  add_function(env, object, "gather", js_gather, engine);
  add_function(env, object, "layerNorm", js_layer_norm, engine);
  add_function(env, object, "linear", js_linear, engine);
  add_function(env, object, "gelu", js_gelu, engine);
  add_function(env, object, "softmax", js_softmax, engine);
  add_function(env, object, "attention", js_attention, engine);
  add_function(env, object, "embedding", js_embedding, engine);
  add_function(env, object, "add", js_add, engine);
  add_function(env, object, "crossEntropy", js_cross_entropy, engine);
}

}  // namespace lffn
