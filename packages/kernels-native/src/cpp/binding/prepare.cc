// Makes prepared weights, of a checkpoint's arrays or of bytes that were prepared and saved before.
#include <algorithm>
#include <array>
#include <cstdio>
#include <new>

#include "../ops/linear/int8.h"
#include "../ops/linear/linear.h"
#include "../ops/lookup_ffn/lookup_ffn.h"
#include "functions.h"
#include "handle.h"
#include "shapes.h"

namespace lffn {
namespace {

struct LinearKind {
  int64_t in, out;
  bool gelu, int8;
};

class PreparedLinear : public Prepared {
 public:
  static PreparedLinear* create(const Engine& e, const LinearKind& kind, const float* weight, const float* bias) {
    PreparedLinear* made = new (std::nothrow) PreparedLinear(e, kind);
    if (made && made->storage_.allocate(made->parts(bias != nullptr))) {
      if (kind.int8) {
        pack_int8(e, kind.in, kind.out, weight, made->int8());
      } else {
        pack_linear(e, kind.in, kind.out, weight, made->packed_);
      }
      if (bias) std::copy(bias, bias + kind.out, made->bias_);
      return made;
    }
    delete made;
    return nullptr;
  }
  // As LookupFfn::adopt.
  static PreparedLinear* adopt(const Engine& e, const LinearKind& kind, bool bias, const void* data, int64_t bytes,
                               int64_t* expected) {
    PreparedLinear* made = new (std::nothrow) PreparedLinear(e, kind);
    *expected = made ? Storage::bytes_of(made->parts(bias)) : bytes;
    if (made && *expected == bytes && made->storage_.adopt(made->parts(bias), data)) return made;
    delete made;
    return nullptr;
  }
  bool forward(int64_t rows, const float* x, float* y) const override {
    return kind_.int8 ? int8_linear(engine_, rows, kind_.in, kind_.out, x, int8(), bias_, kind_.gelu, y)
                      : packed_linear(engine_, rows, kind_.in, kind_.out, x, packed_, bias_, kind_.gelu, y);
  }
  const Storage& storage() const override { return storage_; }
  int64_t in() const override { return kind_.in; }
  int64_t out() const override { return kind_.out; }

 private:
  PreparedLinear(const Engine& e, const LinearKind& kind) : engine_(e), kind_(kind) {}
  std::array<StoragePart, 2> parts(bool bias) {
    const int64_t packed =
        kind_.int8 ? int8_floats(engine_, kind_.in, kind_.out) : packed_floats(engine_, kind_.in, kind_.out);
    return {{{&packed_, packed, true}, {&bias_, kind_.out, bias}}};
  }
  Int8Weights int8() const { return int8_parts(engine_, kind_.in, kind_.out, packed_); }
  Engine engine_;
  LinearKind kind_;
  Storage storage_;
  float *packed_ = nullptr, *bias_ = nullptr;  // the first holds weights of either kind
};

class PreparedLookupFfn : public Prepared {
 public:
  explicit PreparedLookupFfn(LookupFfn* inner) : inner_(inner) {}
  ~PreparedLookupFfn() override { delete inner_; }
  bool forward(int64_t rows, const float* x, float* y) const override { return inner_->forward(rows, x, y); }
  const Storage& storage() const override { return inner_->storage(); }
  int64_t in() const override { return inner_->config().hidden; }
  int64_t out() const override { return inner_->config().out; }
  int64_t table_bytes() const override { return inner_->table_bytes_kept(); }
  int64_t projection_bytes() const override { return inner_->projection_bytes_kept(); }

 private:
  LookupFfn* inner_;
};

// in, out, gelu, int8, weight, bias
napi_value js_linear(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const int64_t in = a.size("in", 1), out = a.size("out", 1);
  const LinearKind kind{in, out, a.flag("gelu"), a.flag("int8")};
  const float* weight = a.f32("weight", product(in, out));
  const float* bias = a.f32_or_null("bias", out);
  if (!a.ok()) return nullptr;
  return wrap(a, PreparedLinear::create(engine_of(a), kind, weight, bias));
}

napi_value wrong_bytes(napi_env env, int64_t found, int64_t expected) {
  char message[160];
  std::snprintf(message, sizeof message, "The packed weights have %lld bytes; this layout and these sizes need %lld.",
                static_cast<long long>(found), static_cast<long long>(expected));
  return throw_coded(env, "SHAPE_MISMATCH", message);
}

// Sizes that no packed weights of any dtype could have are refused before they are multiplied further.
void check_total(Args& a, int64_t elements) {
  if (a.ok() && elements > (int64_t{1} << 40)) a.fail("SHAPE_MISMATCH", "The sizes ask for more than 2^40 weights.");
}

// in, out, gelu, int8, whether there is a bias, bytes
napi_value js_adopt_linear(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const int64_t in = a.size("in", 1), out = a.size("out", 1);
  const LinearKind kind{in, out, a.flag("gelu"), a.flag("int8")};
  const bool bias = a.flag("bias");
  int64_t length = 0, expected = 0;
  const uint8_t* bytes = a.u8_any("bytes", &length);
  check_total(a, product(in, out));
  if (!a.ok()) return nullptr;
  PreparedLinear* made = PreparedLinear::adopt(engine_of(a), kind, bias, bytes, length, &expected);
  return made || length == expected ? wrap(a, made) : wrong_bytes(env, length, expected);
}

int64_t projection_floats(const LookupFfnConfig& c) {
  const int64_t code_bits = product(c.tables, c.bits), padded = padded_size(c.hidden);
  const int64_t repeats = std::max<int64_t>(1, (code_bits + padded - 1) / padded);
  return c.dense ? product(code_bits, c.hidden) : product(repeats, c.stages, padded, c.block);
}

// sizes, projection, mode, table dtype, whether the projection is bf16 and the skip int8, epsilon
LookupFfnConfig read_config(Args& a) {
  LookupFfnConfig c{};
  c.hidden = a.size("hidden", 1);
  c.out = a.size("out", 1);
  c.tables = a.size("tables", 1);
  c.bits = a.size("bits", 1);
  c.dense = a.flag("dense");
  c.block = a.size("block", c.dense ? 0 : 1);
  c.stages = a.size("stages", c.dense ? 0 : 1);
  c.mode = static_cast<int32_t>(a.size("mode", 0));
  c.dtype = static_cast<int32_t>(a.size("dtype", 0));
  c.bf16_projection = a.flag("bf16Projection") && !c.dense;
  c.int8_skip = a.flag("int8Skip");
  c.epsilon = static_cast<float>(a.number("epsilon"));
  if (c.bits > 20) a.fail("SHAPE_MISMATCH", "bits is above 20.");
  if (c.mode > LFFN_READ_FOUR_CELL) a.fail("INVALID_ARGUMENT", "mode is from 0 to 5.");
  if (c.dtype > LFFN_I4) a.fail("INVALID_ARGUMENT", "dtype is from 0 to 4.");
  if (!c.dense && a.ok() && ((c.block & (c.block - 1)) || c.block > padded_size(c.hidden) || c.stages > 64)) {
    a.fail("SHAPE_MISMATCH", "block must be a power of two, at most the padded hidden size, and stages at most 64.");
  }
  return c;
}

// The config, then the weights in the order of LookupFfnWeights.
napi_value js_lookup_ffn(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const LookupFfnConfig c = read_config(a);
  if (!a.ok()) return nullptr;
  LookupFfnWeights w{};
  w.norm_weight = a.f32_or_null("norm.weight", c.hidden);
  w.norm_bias = a.f32_or_null("norm.bias", c.hidden);
  w.projection = a.f32("projectionWeight", projection_floats(c));
  w.projection_bias = a.f32("projectionBias", product(c.tables, c.bits));
  w.tables = a.f32("tables", product(c.tables, int64_t{1} << c.bits, c.out));
  w.bias = a.f32("bias", c.out);
  w.skip = a.f32_or_null("skip", product(c.out, c.hidden));
  w.temperature = a.f32_or_null("temperature", c.tables);
  w.beta = a.f32_or_null("beta", c.tables);
  w.gamma = a.f32_or_null("gamma", c.tables);
  if (!w.norm_weight != !w.norm_bias) a.fail("INVALID_ARGUMENT", "norm needs both a weight and a bias.");
  if (!a.ok()) return nullptr;
  LookupFfn* inner = LookupFfn::create(engine_of(a), c, w);
  return wrap(a, inner ? new (std::nothrow) PreparedLookupFfn(inner) : nullptr);
}

// The config, which optional weights there are, bytes.
napi_value js_adopt_lookup_ffn(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const LookupFfnConfig c = read_config(a);
  LookupFfnParts has{};
  has.norm = a.flag("norm");
  has.skip = a.flag("skip");
  has.temperature = a.flag("temperature");
  has.beta = a.flag("beta");
  has.gamma = a.flag("gamma");
  int64_t length = 0, expected = 0;
  const uint8_t* bytes = a.u8_any("bytes", &length);
  if (!a.ok()) return nullptr;
  check_total(a, product(c.tables, int64_t{1} << c.bits, c.out));
  check_total(a, projection_floats(c));
  check_total(a, product(c.out, c.hidden));
  if (!a.ok()) return nullptr;
  LookupFfn* inner = LookupFfn::adopt(engine_of(a), c, has, bytes, length, &expected);
  if (!inner && length != expected) return wrong_bytes(env, length, expected);
  return wrap(a, inner ? new (std::nothrow) PreparedLookupFfn(inner) : nullptr);
}

}  // namespace

void add_prepare(napi_env env, napi_value object, const Engine* engine) {
  add_function(env, object, "linear", js_linear, engine);
  add_function(env, object, "lookupFfn", js_lookup_ffn, engine);
  add_function(env, object, "adoptLinear", js_adopt_linear, engine);
  add_function(env, object, "adoptLookupFfn", js_adopt_lookup_ffn, engine);
}

}  // namespace lffn
