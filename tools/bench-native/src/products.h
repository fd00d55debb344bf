// The three products of a linear layer in training against sgemm: y = x W^T, dx += dy W, dW += dy^T x.
#pragma once
#include "../../../packages/kernels-native/src/cpp/ops/linear/linear.h"
#include "clock.h"
#include "floats.h"

inline void products(const lffn::Engine& e, int rows, int in, int out) {
  struct Layer {
    Floats x, w, y, dy, dx, dw;
  };
  std::vector<Layer> layers;
  for (int i = 0; i < kLayers; i++) {
    const size_t inputs = static_cast<size_t>(rows) * in, outputs = static_cast<size_t>(rows) * out;
    const size_t weights = static_cast<size_t>(in) * out;
    layers.push_back({normal(inputs, 1), normal(weights, 0.05f), Floats(outputs), normal(outputs, 0.01f),
                      Floats(inputs), Floats(weights)});
  }
  const double flop = 2.0 * rows * in * out;
  constexpr int kRowMajor = 101, kPlain = 111, kTransposed = 112;
  constexpr int kRounds = 200000;
  static float sink = 0;
  std::vector<Contender> race_of = {
      {"multiply-adds alone", 2.0 * kRounds * 12 * e.kernels->width, [&](int) { sink += e.kernels->multiply_adds(kRounds); }},
      {"forward, openblas", flop,
       [&](int i) {
         Layer& l = layers[i % kLayers];
         cblas_sgemm(kRowMajor, kPlain, kTransposed, rows, out, in, 1, l.x.data(), in, l.w.data(), in, 0, l.y.data(),
                     out);
       }},
      {"forward", flop,
       [&](int i) {
         Layer& l = layers[i % kLayers];
         lffn::linear(e, rows, in, out, l.x.data(), l.w.data(), nullptr, l.y.data());
       }},
      {"to the input, openblas", flop,
       [&](int i) {
         Layer& l = layers[i % kLayers];
         cblas_sgemm(kRowMajor, kPlain, kPlain, rows, in, out, 1, l.dy.data(), out, l.w.data(), in, 1, l.dx.data(), in);
       }},
      {"to the input", flop,
       [&](int i) {
         Layer& l = layers[i % kLayers];
         lffn::linear_backward(e, rows, in, out, l.x.data(), l.w.data(), l.dy.data(), l.dx.data(), nullptr, nullptr);
       }},
      {"to the weights, openblas", flop,
       [&](int i) {
         Layer& l = layers[i % kLayers];
         cblas_sgemm(kRowMajor, kTransposed, kPlain, out, in, rows, 1, l.dy.data(), out, l.x.data(), in, 1,
                     l.dw.data(), in);
       }},
      {"to the weights", flop,
       [&](int i) {
         Layer& l = layers[i % kLayers];
         lffn::linear_backward(e, rows, in, out, l.x.data(), l.w.data(), l.dy.data(), nullptr, l.dw.data(), nullptr);
       }},
  };
  race(race_of, e.threads, 1.5);
  char group[80];
  std::snprintf(group, sizeof group, "products %d rows, %d to %d", rows, in, out);
  report(group, e.kernels->name, e.threads, race_of);
}
