#pragma once

namespace lffn {

// CPUs this process may use: its affinity mask, capped by its cgroup's quota rounded up. At least 1.
int available_cpus();

}  // namespace lffn
