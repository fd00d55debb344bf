// Loops over any number of floats: whole vectors, then one partial one.
#pragma once

namespace {

// Calls f(offset, lanes) over n floats: lanes is kW, or fewer once at the end.
template <typename F>
LFFN_INLINE void over_lanes(lffn_int n, F f) {
  lffn_int j = 0;
  for (; j + kW <= n; j += kW) f(j, kW);
  if (j < n) f(j, static_cast<int>(n - j));
}
LFFN_INLINE V load_lanes(const float* p, int lanes) { return lanes == kW ? vload(p) : vload_n(p, lanes); }
LFFN_INLINE void store_lanes(float* p, V a, int lanes) {
  if (lanes == kW) {
    vstore(p, a);
  } else {
    vstore_n(p, a, lanes);
  }
}

}  // namespace
