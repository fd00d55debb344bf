// Which instruction sets this machine and its OS support, and the kernel table of each.
#pragma once
#include "../isa/table.h"

namespace lffn {

// Tables this CPU can run, best first; the last is always scalar. Ends with null.
const LffnKernels* const* supported_kernels();

// The table of that name, or null when it is unknown, not built in, or cannot run here.
const LffnKernels* kernels_named(const char* name);

}  // namespace lffn
