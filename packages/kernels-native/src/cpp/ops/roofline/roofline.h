#pragma once
#include "../../runtime/engine.h"

namespace lffn {

// Multiply-adds on every thread of the engine; returns how many FLOP that was (a multiply-add is 2).
double multiply_adds(const Engine&, int64_t rounds);
// Reads size floats `times` over, each thread a part of its own that stays its own.
void read_floats(const Engine&, int64_t size, int64_t times, const float* x);

}  // namespace lffn
