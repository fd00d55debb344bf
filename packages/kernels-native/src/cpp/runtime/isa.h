// Which instruction sets there are kernels for, and which of them this machine and its OS support.
#pragma once
#include "../isa/table.h"

namespace lffn {

// Every table in this build, best first; a later one runs wherever an earlier one does. Ends with null.
const LffnKernels* const* built_kernels();

// Those this CPU can run, in the same order; the last is always scalar. Ends with null.
const LffnKernels* const* supported_kernels();

// The table of that name, or null when it is unknown, not built in, or cannot run here.
const LffnKernels* kernels_named(const char* name);

}  // namespace lffn
