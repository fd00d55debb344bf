#include "cpus.h"

#include <algorithm>
#include <cmath>
#include <thread>

#if defined(__linux__)
#include <sched.h>

#include <cstdio>
#include <cstring>
#endif

namespace lffn {
namespace {

#if defined(__linux__)
int affinity_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

// "quota period" of cgroup v2 in one file, of v1 in two; no quota reads as "max" or -1.
bool read_pair(const char* path, double* quota, double* period) {
  FILE* file = std::fopen(path, "re");
  if (!file) return false;
  const int found = std::fscanf(file, "%lf %lf", quota, period);
  std::fclose(file);
  return found == 2;
}

bool read_one(const char* path, double* value) {
  FILE* file = std::fopen(path, "re");
  if (!file) return false;
  const int found = std::fscanf(file, "%lf", value);
  std::fclose(file);
  return found == 1;
}

double quota_of_folder(const char* folder) {
  char path[512];
  double quota = 0, period = 0;
  std::snprintf(path, sizeof path, "%s/cpu.max", folder);
  if (read_pair(path, &quota, &period) && quota > 0 && period > 0) return quota / period;
  return 0;
}

// The tightest quota from this process's cgroup up to the root that it sees.
double cgroup_cpus() {
  double quota = 0, period = 0;
  if (read_one("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", &quota) && quota > 0 &&
      read_one("/sys/fs/cgroup/cpu/cpu.cfs_period_us", &period) && period > 0) {
    return quota / period;
  }
  double least = quota_of_folder("/sys/fs/cgroup");
  FILE* file = std::fopen("/proc/self/cgroup", "re");
  if (!file) return least;
  char line[400];
  while (std::fgets(line, sizeof line, file)) {
    if (std::strncmp(line, "0::/", 4) != 0) continue;
    line[std::strcspn(line, "\n")] = 0;
    char folder[450];
    std::snprintf(folder, sizeof folder, "/sys/fs/cgroup%s", line + 3);
    const size_t root = std::strlen("/sys/fs/cgroup");
    while (std::strlen(folder) > root) {
      const double cpus = quota_of_folder(folder);
      if (cpus > 0) least = least > 0 ? std::min(least, cpus) : cpus;
      char* slash = std::strrchr(folder, '/');
      *slash = 0;
    }
  }
  std::fclose(file);
  return least;
}
#endif

}  // namespace

int available_cpus() {
  int cpus = static_cast<int>(std::thread::hardware_concurrency());
#if defined(__linux__)
  const int allowed = affinity_cpus();
  if (allowed > 0) cpus = allowed;
  const double quota = cgroup_cpus();
  if (quota > 0) cpus = std::min(cpus, static_cast<int>(std::ceil(quota)));
#endif
  return std::max(1, cpus);
}

}  // namespace lffn
