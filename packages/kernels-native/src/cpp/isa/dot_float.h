// Dot products with int8 weights where the instruction set multiplies no small integers: the weights become floats as
// they are loaded, and the activations stay what they are. Every dot layer defines the same names:
//   D            kW running sums
//   DotInput     element of the activations, as quantised_rows() writes them
//   kDotDepth    elements of the depth that one step takes
//   kDotLevels   largest magnitude of a quantised activation; 0 where they are not quantised
//   kDotOffset   what is added to a quantised activation, so that unsigned types can hold it
//   kDotRows, kDotVecs   the register tile: rows of activations x vectors of outputs
//   kDotPair     what two neighbouring weights of one sign may add up to where products are summed in int16; 0: anything
#pragma once

namespace {

using D = V;
using DotInput = float;
constexpr int kDotDepth = 1, kDotLevels = 0, kDotOffset = 0;
constexpr int kDotRows = kGemmRows, kDotVecs = kGemmVecs, kDotPair = 0;

// The sums to start from: minus the offset times the sum of each column's weights.
LFFN_INLINE D dot_start(const int32_t*) { return vzero(); }
// kDotDepth activations for every lane; kW x kDotDepth weights, a lane's side by side; and their products.
LFFN_INLINE D dot_input(const DotInput* p) { return vset(*p); }
LFFN_INLINE D dot_weights(const int8_t* p) { return vload_i8(p); }
LFFN_INLINE D dot_add(D sum, D input, D weights) { return vfma(input, weights, sum); }
LFFN_INLINE V dot_float(D sum) { return sum; }
// kW activations, scaled so that they are at most kDotLevels, rounded to nearest.
LFFN_INLINE void dot_store(DotInput* to, V x) { vstore(to, x); }

}  // namespace
