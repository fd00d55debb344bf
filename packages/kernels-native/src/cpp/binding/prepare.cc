// Prepared weights as JavaScript objects: a tagged, wrapped native object that dispose() or the collector frees.
#include <algorithm>
#include <new>

#include "../ops/linear/linear.h"
#include "../ops/lookup_ffn/lookup_ffn.h"
#include "../runtime/workspace.h"
#include "functions.h"
#include "shapes.h"

namespace lffn {
namespace {

// Both kinds behind one face, so that forward, dispose and the finaliser are written once.
class Prepared {
 public:
  virtual ~Prepared() = default;
  virtual bool forward(int64_t rows, const float* x, float* y) const = 0;
  virtual int64_t bytes() const = 0;
  virtual int64_t in() const = 0;
  virtual int64_t out() const = 0;
};

class PreparedLinear : public Prepared {
 public:
  static PreparedLinear* create(const Engine& e, int64_t in, int64_t out, bool gelu, const float* weight,
                                const float* bias) {
    PreparedLinear* made = new (std::nothrow) PreparedLinear(e, in, out, gelu);
    if (!made) return nullptr;
    const int64_t packed = (packed_floats(e, in, out) + 15) / 16 * 16;
    made->floats_ = packed + (bias ? out : 0);
    made->packed_ = allocate_floats(made->floats_);
    if (!made->packed_) {
      delete made;
      return nullptr;
    }
    pack_linear(e, in, out, weight, made->packed_);
    if (bias) {
      made->bias_ = made->packed_ + packed;
      std::copy(bias, bias + out, made->bias_);
    }
    return made;
  }
  ~PreparedLinear() override { free_floats(packed_); }
  bool forward(int64_t rows, const float* x, float* y) const override {
    return packed_linear(engine_, rows, in_, out_, x, packed_, bias_, gelu_, y);
  }
  int64_t bytes() const override { return floats_ * static_cast<int64_t>(sizeof(float)); }
  int64_t in() const override { return in_; }
  int64_t out() const override { return out_; }

 private:
  PreparedLinear(const Engine& e, int64_t in, int64_t out, bool gelu) : engine_(e), in_(in), out_(out), gelu_(gelu) {}
  Engine engine_;
  int64_t in_, out_, floats_ = 0;
  bool gelu_;
  float *packed_ = nullptr, *bias_ = nullptr;
};

class PreparedLookupFfn : public Prepared {
 public:
  explicit PreparedLookupFfn(LookupFfn* inner) : inner_(inner) {}
  ~PreparedLookupFfn() override { delete inner_; }
  bool forward(int64_t rows, const float* x, float* y) const override { return inner_->forward(rows, x, y); }
  int64_t bytes() const override { return inner_->bytes(); }
  int64_t in() const override { return inner_->config().hidden; }
  int64_t out() const override { return inner_->config().out; }

 private:
  LookupFfn* inner_;
};

// What a wrapped object points to; `prepared` is null after dispose().
struct Handle {
  Prepared* prepared;
};

constexpr napi_type_tag kHandleTag = {0x6c6f6f6b75706666ULL, 0x6e2d707265706172ULL};

void finalize(napi_env env, void* data, void*) {
  Handle* handle = static_cast<Handle*>(data);
  if (handle->prepared) {
    int64_t now = 0;
    napi_adjust_external_memory(env, -handle->prepared->bytes(), &now);
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
  napi_adjust_external_memory(env, -handle->prepared->bytes(), &now);
  delete handle->prepared;
  handle->prepared = nullptr;
  return nullptr;
}

napi_value wrap(const Args& a, Prepared* prepared) {
  napi_env env = a.env();
  if (!prepared) {
    return throw_coded(env, "OUT_OF_MEMORY", "There is not enough memory for the prepared weights.");
  }
  const Engine* engine = &engine_of(a);
  napi_value object = nullptr, bytes = nullptr;
  Handle* handle = new (std::nothrow) Handle{prepared};
  if (!handle || napi_create_object(env, &object) != napi_ok ||
      napi_type_tag_object(env, object, &kHandleTag) != napi_ok ||
      napi_wrap(env, object, handle, finalize, nullptr, nullptr) != napi_ok) {
    delete handle;
    delete prepared;
    return throw_coded(env, "OUT_OF_MEMORY", "The prepared weights cannot be wrapped.");
  }
  int64_t now = 0;
  napi_adjust_external_memory(env, prepared->bytes(), &now);
  napi_create_double(env, static_cast<double>(prepared->bytes()), &bytes);
  napi_set_named_property(env, object, "bytes", bytes);
  add_function(env, object, "forward", js_forward, engine);
  add_function(env, object, "dispose", js_dispose, engine);
  return object;
}

// in, out, gelu, weight, bias
napi_value js_linear(napi_env env, napi_callback_info info) {
  Args a(env, info);
  const int64_t in = a.size("in", 1), out = a.size("out", 1);
  const bool gelu = a.flag("gelu");
  const float* weight = a.f32("weight", product(in, out));
  const float* bias = a.f32_or_null("bias", out);
  if (!a.ok()) return nullptr;
  return wrap(a, PreparedLinear::create(engine_of(a), in, out, gelu, weight, bias));
}

// sizes, projection, mode, table dtype, epsilon, then the weights in the order of LookupFfnWeights
napi_value js_lookup_ffn(napi_env env, napi_callback_info info) {
  Args a(env, info);
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
  c.epsilon = static_cast<float>(a.number("epsilon"));
  if (c.bits > 20) a.fail("SHAPE_MISMATCH", "bits is above 20.");
  if (c.mode > LFFN_READ_FULL) a.fail("INVALID_ARGUMENT", "mode is from 0 to 3.");
  if (c.dtype > LFFN_I8) a.fail("INVALID_ARGUMENT", "dtype is from 0 to 3.");
  if (!c.dense && a.ok() && ((c.block & (c.block - 1)) || c.block > padded_size(c.hidden) || c.stages > 64)) {
    a.fail("SHAPE_MISMATCH", "block must be a power of two, at most the padded hidden size, and stages at most 64.");
  }
  if (!a.ok()) return nullptr;
  const int64_t code_bits = product(c.tables, c.bits), padded = padded_size(c.hidden);
  const int64_t repeats = std::max<int64_t>(1, (code_bits + padded - 1) / padded);
  LookupFfnWeights w{};
  w.norm_weight = a.f32_or_null("norm.weight", c.hidden);
  w.norm_bias = a.f32_or_null("norm.bias", c.hidden);
  w.projection = a.f32("projectionWeight", c.dense ? product(code_bits, c.hidden)
                                                   : product(repeats, c.stages, padded, c.block));
  w.projection_bias = a.f32("projectionBias", code_bits);
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

}  // namespace

void add_prepare(napi_env env, napi_value object, const Engine* engine) {
  add_function(env, object, "linear", js_linear, engine);
  add_function(env, object, "lookupFfn", js_lookup_ffn, engine);
}

}  // namespace lffn
