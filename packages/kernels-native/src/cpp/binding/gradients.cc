// The backward operations: every gradient output is added to, and null where it is not wanted.
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

napi_value js_hadamard(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const int64_t rows = a.size("rows", 0), size = a.size("size", 1);
  if (size & (size - 1)) a.fail("SHAPE_MISMATCH", "size must be a power of two.");
  const float* dy = a.f32("dy", product(rows, size));
  float* dx = a.f32("dx", product(rows, size));
  return done(a, !a.ok() || hadamard_backward(engine_of(a), rows, size, dy, dx));
}

napi_value js_bh4(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const Bh4Shape s = bh4_shape(a);
  const float* x = a.f32("x", product(s.rows, s.hidden));
  const float* weight = a.f32("weight", bh4_weights(s));
  const float* dy = a.f32("dy", product(s.rows, s.repeats, padded_size(s.hidden)));
  float* dx = a.f32_or_null("dx", product(s.rows, s.hidden));
  float* dweight = a.f32_or_null("dweight", bh4_weights(s));
  return done(a, !a.ok() || bh4_backward(engine_of(a), s, x, weight, dy, dx, dweight));
}

napi_value js_project(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const Projection p = projection_shape(a);
  const int64_t rows = p.bh4.rows, hidden = p.bh4.hidden;
  const float* x = a.f32("x", product(rows, hidden));
  const float* weight = a.f32("weight", p.weights);
  const float* dz = a.f32("dz", product(rows, p.code_bits));
  float* dx = a.f32_or_null("dx", product(rows, hidden));
  float* dweight = a.f32_or_null("dweight", p.weights);
  float* dbias = a.f32_or_null("dbias", p.code_bits);
  if (!a.ok()) return nullptr;
  const Engine& e = engine_of(a);
  if (p.dense) return done(a, linear_backward(e, rows, hidden, p.code_bits, x, weight, dz, dx, dweight, dbias));
  if (dbias) add_column_sums(e, rows, p.code_bits, dz, dbias);
  if (!dx && !dweight) return nullptr;
  return done(a, project_backward(e, p.bh4, p.code_bits, x, weight, dz, dx, dweight));
}

napi_value js_read(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const ReadShape s = read_shape(a);
  const float* z = a.f32("z", product(s.rows, s.tables, s.bits));
  const float* dweights = a.f32("dweights", product(s.rows, s.tables, cells_read(s.mode, s.bits)));
  float* dz = a.f32_or_null("dz", product(s.rows, s.tables, s.bits));
  float* dtemperature = a.f32_or_null("dtemperature", s.tables);
  float* dbeta = a.f32_or_null("dbeta", s.tables);
  float* dgamma = a.f32_or_null("dgamma", s.tables);
  return done(a, !a.ok() || read_backward(engine_of(a), s, z, dweights, dz, dtemperature, dbeta, dgamma));
}

napi_value js_gather(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const GatherShape s = gather_shape(a);
  const int64_t entries = product(s.rows, s.tables, s.cells);
  const int64_t all = product(s.tables, int64_t{1} << s.bits, s.out);
  const int32_t* cells = a.ids("cells", entries, int64_t{1} << s.bits);
  const float* weights = a.f32("weights", entries);
  const float* values = a.f32("tables", all);
  const float* dy = a.f32("dy", product(s.rows, s.out));
  float* dweights = a.f32_or_null("dweights", entries);
  float* dvalues = a.f32_or_null("dtables", all);
  float* dbias = a.f32_or_null("dbias", s.out);
  if (a.ok()) gather_backward(engine_of(a), s, cells, weights, values, dy, dweights, dvalues, dbias);
  return nullptr;
}

napi_value js_layer_norm(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const int64_t rows = a.size("rows", 0), size = a.size("size", 1), total = product(rows, size);
  const float epsilon = static_cast<float>(a.number("epsilon"));
  const float* x = a.f32("x", total);
  const float* weight = a.f32("weight", size);
  const float* dy = a.f32("dy", total);
  float* dx = a.f32_or_null("dx", total);
  float* dweight = a.f32_or_null("dweight", size);
  float* dbias = a.f32_or_null("dbias", size);
  return done(a, !a.ok() ||
                     layer_norm_backward(engine_of(a), rows, size, epsilon, x, weight, dy, dx, dweight, dbias));
}

napi_value js_linear(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const int64_t rows = a.size("rows", 0), in = a.size("in", 1), out = a.size("out", 1);
  const float* x = a.f32("x", product(rows, in));
  const float* weight = a.f32("weight", product(out, in));
  const float* dy = a.f32("dy", product(rows, out));
  float* dx = a.f32_or_null("dx", product(rows, in));
  float* dweight = a.f32_or_null("dweight", product(out, in));
  float* dbias = a.f32_or_null("dbias", out);
  return done(a, !a.ok() || linear_backward(engine_of(a), rows, in, out, x, weight, dy, dx, dweight, dbias));
}

napi_value js_gelu(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const int64_t size = a.size("size", 0);
  const float* x = a.f32("x", size);
  const float* dy = a.f32("dy", size);
  float* dx = a.f32("dx", size);
  if (a.ok()) gelu_backward(engine_of(a), size, x, dy, dx);
  return nullptr;
}

napi_value js_softmax(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const int64_t rows = a.size("rows", 0), size = a.size("size", 1), total = product(rows, size);
  const float* y = a.f32("y", total);
  const float* dy = a.f32("dy", total);
  float* dx = a.f32("dx", total);
  if (a.ok()) softmax_backward(engine_of(a), rows, size, y, dy, dx);
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
  const float* dy = a.f32("dy", all);
  float* dq = a.f32("dq", all);
  float* dk = a.f32("dk", all);
  float* dv = a.f32("dv", all);
  return done(a, !a.ok() || attention_backward(engine_of(a), s, offsets, q, k, v, dy, dq, dk, dv));
}

napi_value js_embedding(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const int64_t rows = a.size("rows", 0), vocabulary = a.size("vocabulary", 1), size = a.size("size", 1);
  const int32_t* ids = a.ids("ids", rows, vocabulary);
  const float* dy = a.f32("dy", product(rows, size));
  float* dtable = a.f32("dtable", product(vocabulary, size));
  if (a.ok()) embedding_backward(engine_of(a), rows, size, ids, dy, dtable);
  return nullptr;
}

napi_value js_cross_entropy(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const int64_t rows = a.size("rows", 0), classes = a.size("classes", 1);
  const float* logits = a.f32("logits", product(rows, classes));
  const int32_t* targets = a.ids("targets", rows, classes);
  const float* dlosses = a.f32("dlosses", rows);
  float* dlogits = a.f32("dlogits", product(rows, classes));
  if (a.ok()) cross_entropy_backward(engine_of(a), rows, classes, logits, targets, dlosses, dlogits);
  return nullptr;
}

}  // namespace

void add_gradients(napi_env env, napi_value object, const Engine* engine) {
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
  add_function(env, object, "crossEntropy", js_cross_entropy, engine);
}

}  // namespace lffn
