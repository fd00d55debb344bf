// What an operation runs with: the kernels of one instruction set, a number of threads, a size of tiles.
#pragma once
#include "../isa/table.h"

namespace lffn {

struct Engine {
  const LffnKernels* kernels;
  int threads;
  // Rows that pass together through the projection and the hash of a prepared LookupFFN: enough to reuse its weights, few
  // enough to stay in cache. The default suits most machines; the autotuner tries others.
  int tile_rows = 24;
};

}  // namespace lffn
