// oneDNN's matrix product as a contender, where its headers are (Debian: libdnnl-dev); weights are reordered once, into
// whatever layout it asks for, as a framework on top of it would.
#pragma once
#if __has_include(<oneapi/dnnl/dnnl.hpp>)
#define HAS_ONEDNN 1
#include <cstdint>
#include <oneapi/dnnl/dnnl.hpp>
#include <vector>

// y = x W^T + bias, with GELU when asked, for one number of rows. Of bytes, the product alone: x is taken as unsigned
// bytes that somebody has rounded, and no scale is computed.
class OneDnnLinear {
  using memory = dnnl::memory;

 public:
  OneDnnLinear(int rows, int in, int out, const float* weight, const float* bias, bool gelu, bool bytes)
      : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    const auto f32 = memory::data_type::f32;
    const auto kind = bytes ? memory::data_type::u8 : f32;
    const memory::desc x({rows, in}, kind, memory::format_tag::ab), b({1, out}, f32, memory::format_tag::ab);
    const memory::desc any({in, out}, bytes ? memory::data_type::s8 : f32, memory::format_tag::any);
    const memory::desc y({rows, out}, f32, memory::format_tag::ab);
    dnnl::primitive_attr attr;
    if (gelu) {
      dnnl::post_ops after;
      after.append_eltwise(1.0f, dnnl::algorithm::eltwise_gelu_erf, 0, 0);
      attr.set_post_ops(after);
    }
    if (bytes) attr.set_output_scales(0, {1e-4f});
    const dnnl::matmul::primitive_desc found(dnnl::matmul::desc(x, any, b, y), attr, engine_);
    const std::vector<float> given(weight, weight + static_cast<size_t>(in) * out);
    std::vector<int8_t> rounded;
    void* from = const_cast<float*>(given.data());
    if (bytes) {
      for (const float w : given) rounded.push_back(static_cast<int8_t>(w * 1000));
      from = rounded.data();
    }
    memory plain({{in, out}, any.data_type(), memory::format_tag::ba}, engine_, from);
    weights_ = memory(found.weights_desc(), engine_);
    dnnl::reorder(plain, weights_).execute(stream_, plain, weights_);
    bias_ = memory(b, engine_);
    for (int o = 0; o < out; o++) static_cast<float*>(bias_.get_data_handle())[o] = bias[o];
    stream_.wait();
    x_ = memory(x, engine_, nullptr);
    y_ = memory(y, engine_, nullptr);
    product_ = dnnl::matmul(found);
  }

  void forward(const void* x, float* y) {
    x_.set_data_handle(const_cast<void*>(x));
    y_.set_data_handle(y);
    product_.execute(stream_,
                     {{DNNL_ARG_SRC, x_}, {DNNL_ARG_WEIGHTS, weights_}, {DNNL_ARG_BIAS, bias_}, {DNNL_ARG_DST, y_}});
    stream_.wait();
  }

 private:
  dnnl::engine engine_;
  dnnl::stream stream_;
  memory weights_, bias_, x_, y_;
  dnnl::matmul product_;
};
#endif
