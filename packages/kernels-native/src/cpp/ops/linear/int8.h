// Dense weights in int8, with a scale an output; activations get a scale a row on the way in.
#pragma once
#include <cstdint>

#include "../../runtime/engine.h"

namespace lffn {

// Points into one allocation of int8_bytes().
struct Int8Weights {
  int8_t* panels;
  float* scales;    // [out], padded to whole panels
  int32_t* starts;  // [out], padded: what a sum starts from where activations are kept with an offset
};

int64_t int8_floats(const Engine&, int64_t in, int64_t out);
Int8Weights int8_parts(const Engine&, int64_t in, int64_t out, float* memory);
// weight [out, in]. An output whose weights are not all finite gets the scale NaN.
void pack_int8(const Engine&, int64_t in, int64_t out, const float* weight, const Int8Weights&);
// y = x W^T + bias (or null), with GELU on the way out when asked. False: no memory.
bool int8_linear(const Engine&, int64_t rows, int64_t in, int64_t out, const float* x, const Int8Weights&,
                 const float* bias, bool gelu, float* y);
// For operations that hold a workspace of their own: y += x W^T, with int8_scratch() floats of the caller's.
int64_t int8_scratch(const Engine&, int64_t rows, int64_t in);
void int8_linear_add(const Engine&, int64_t rows, int64_t in, int64_t out, const float* x, const Int8Weights&, float* y,
                     float* scratch);

}  // namespace lffn
