// Interleaved timing: every contender runs once a round, so that a slow spell of the machine hits all of them.
#pragma once
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

struct Contender {
  std::string name;
  double flop;  // of one run
  std::function<void(int round)> run;
  std::vector<double> seconds = {};

  double median() const { return quantile(0.5); }
  double quantile(double q) const {
    std::vector<double> sorted = seconds;
    std::sort(sorted.begin(), sorted.end());
    return sorted[static_cast<size_t>(q * (sorted.size() - 1))];
  }
};

inline double seconds_on(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// One thread is timed by its own CPU clock, which other processes on the machine do not stop; several by the wall's.
inline void race(std::vector<Contender>& contenders, int threads, double budget_seconds) {
  const clockid_t clock = threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
  for (Contender& c : contenders) c.run(0);
  const double start = seconds_on(clock);
  for (int round = 1; round < 10000; round++) {
    for (Contender& c : contenders) {
      const double before = seconds_on(clock);
      c.run(round);
      c.seconds.push_back(seconds_on(clock) - before);
    }
    if (round >= 7 && seconds_on(clock) - start > budget_seconds) break;
  }
}

// One JSON line a contender; the runner makes the table.
inline void report(const char* group, const char* isa, int threads, const std::vector<Contender>& contenders) {
  for (const Contender& c : contenders) {
    std::printf(
        "{\"group\":\"%s\",\"isa\":\"%s\",\"threads\":%d,\"name\":\"%s\",\"us\":%.2f,\"low\":%.2f,\"high\":%.2f,"
        "\"gflops\":%.2f,\"rounds\":%zu}\n",
        group, isa, threads, c.name.c_str(), c.median() * 1e6, c.quantile(0.1) * 1e6, c.quantile(0.9) * 1e6,
        c.flop / c.median() * 1e-9, c.seconds.size());
  }
  std::fflush(stdout);
}
