// What an operation runs with: the kernels of one instruction set and a number of threads.
#pragma once
#include "../isa/table.h"

namespace lffn {

struct Engine {
  const LffnKernels* kernels;
  int threads;
};

}  // namespace lffn
