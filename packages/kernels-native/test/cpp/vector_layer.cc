// One room's vector layer and dot layer against plain C++, function by function. test/vector-layer.test.ts has the room's
// headers included ahead of this file. Prints what is wrong and ends with 1.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>

#include "../../src/cpp/isa/math.h"
#ifndef LFFN_DOT
#include "../../src/cpp/isa/dot_float.h"
#endif

namespace {

int failures = 0;
uint32_t state = 1;

uint32_t draw() {
  state ^= state << 13, state ^= state >> 17, state ^= state << 5;
  return state;
}
float draw_float() { return static_cast<float>(static_cast<int32_t>(draw())) * 0x1p-28f; }

// Bit for bit; any NaN is any other.
bool same(float a, float b) { return (std::isnan(a) && std::isnan(b)) || std::memcmp(&a, &b, sizeof a) == 0; }

void expect(bool holds, const char* what, int lane, double got, double wanted) {
  if (holds || failures++ > 20) return;
  std::printf("%s, lane %d: %.9g, expected %.9g\n", what, lane, got, wanted);
}

struct Lanes {
  float at[kW];
  V load() const { return vload(at); }
};
Lanes lanes(V a) {
  Lanes l;
  vstore(l.at, a);
  return l;
}
Lanes random_lanes() {
  Lanes l;
  for (float& x : l.at) x = draw_float();
  return l;
}

template <typename F>
void check(const char* what, V got, F wanted) {
  const Lanes l = lanes(got);
  for (int i = 0; i < kW; i++) expect(same(l.at[i], wanted(i)), what, i, l.at[i], wanted(i));
}

// Lanes that make comparisons hard, in every pairing over the rounds.
float special(uint32_t n) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const float values[] = {0.0f, -0.0f, 1.0f, -1.0f, inf, -inf, nan, 1e-40f, 3.5f, -3.5f};
  return values[n % 10];
}

void arithmetic() {
  // Fused or rounded twice, but one of the two throughout: (1 + 2^-12)^2 - (1 + 2^-11) is 2^-24, or lost.
  const float near = 1.0f + 0x1p-12f;
  const bool fused = lanes(vfma(vset(near), vset(near), vset(-1.0f - 0x1p-11f))).at[0] != 0.0f;
  for (int round = 0; round < 200; round++) {
    Lanes a = random_lanes(), b = random_lanes(), c = random_lanes();
    if (round & 1) {
      for (int i = 0; i < kW; i++) a.at[i] = special(draw()), b.at[i] = special(draw());
    }
    const V x = a.load(), y = b.load(), z = c.load();
    check("vadd", vadd(x, y), [&](int i) { return a.at[i] + b.at[i]; });
    check("vsub", vsub(x, y), [&](int i) { return a.at[i] - b.at[i]; });
    check("vmul", vmul(x, y), [&](int i) { return a.at[i] * b.at[i]; });
    check("vdiv", vdiv(x, y), [&](int i) { return a.at[i] / b.at[i]; });
    check("vmax", vmax(x, y), [&](int i) { return a.at[i] > b.at[i] ? a.at[i] : b.at[i]; });
    check("vmin", vmin(x, y), [&](int i) { return a.at[i] < b.at[i] ? a.at[i] : b.at[i]; });
    check("vsqrt", vsqrt(x), [&](int i) { return std::sqrt(a.at[i]); });
    check("vabs", vabs(x), [&](int i) { return std::fabs(a.at[i]); });
    check("vselect and vgt", vselect(vgt(x, y), x, z), [&](int i) { return a.at[i] > b.at[i] ? a.at[i] : c.at[i]; });
    if (round & 1) continue;
    check("vfma", vfma(x, y, z), [&](int i) {
      return fused ? std::fma(a.at[i], b.at[i], c.at[i]) : a.at[i] * b.at[i] + c.at[i];
    });
    check("vfnma", vfnma(x, y, z), [&](int i) {
      return fused ? std::fma(-a.at[i], b.at[i], c.at[i]) : c.at[i] - a.at[i] * b.at[i];
    });
    double sum = 0;
    float most = a.at[0];
    for (float value : a.at) sum += value, most = value > most ? value : most;
    expect(std::fabs(vsum(x) - sum) < 1e-5, "vsum", 0, vsum(x), sum);
    expect(vhmax(x) == most, "vhmax", 0, vhmax(x), most);
  }
  check("vset", vset(2.5f), [](int) { return 2.5f; });
  check("vzero", vzero(), [](int) { return 0.0f; });
}

void partial_moves() {
  for (int n = 1; n < kW; n++) {
    Lanes from = random_lanes(), to = random_lanes();
    // Lanes past n lie outside what the caller owns: a layer that touched them would meet this NaN.
    for (int i = n; i < kW; i++) from.at[i] = special(6);
    check("vload_n", vload_n(from.at, n), [&](int i) { return i < n ? from.at[i] : 0.0f; });
    const Lanes before = to, value = random_lanes();
    vstore_n(to.at, value.load(), n);
    check("vstore_n", to.load(), [&](int i) { return i < n ? value.at[i] : before.at[i]; });
  }
}

void transposes() {
  float square[kW][kW];
  V rows[kW];
  for (int r = 0; r < kW; r++) {
    for (int c = 0; c < kW; c++) square[r][c] = static_cast<float>(r * kW + c);
    rows[r] = vload(square[r]);
  }
  vtranspose(rows);
  for (int r = 0; r < kW; r++) check("vtranspose", rows[r], [&](int c) { return square[c][r]; });
}

float half_value(uint16_t h) {
  const int exponent = h >> 10 & 31, fraction = h & 1023;
  const float magnitude = exponent == 31 ? (fraction ? special(6) : special(4))
                          : exponent     ? std::ldexp(1024.0f + fraction, exponent - 25)
                                         : std::ldexp(static_cast<float>(fraction), -24);
  return h & 0x8000 ? -magnitude : magnitude;
}

void narrow_numbers() {
  for (uint32_t first = 0; first < 65536; first += kW) {
    uint16_t halves[kW];
    for (int i = 0; i < kW; i++) halves[i] = static_cast<uint16_t>(first + i);
    check("vload_f16", vload_f16(halves), [&](int i) { return half_value(halves[i]); });
    check("vload_bf16", vload_bf16(halves), [&](int i) {
      const uint32_t bits = static_cast<uint32_t>(halves[i]) << 16;
      float value;
      std::memcpy(&value, &bits, sizeof value);
      return value;
    });
  }
  for (int first = -128; first < 128; first += kW) {
    int8_t bytes[kW];
    for (int i = 0; i < kW; i++) bytes[i] = static_cast<int8_t>(first + i);
    check("vload_i8", vload_i8(bytes), [&](int i) { return static_cast<float>(bytes[i]); });
  }
}

// Steps of random and of the largest products, as int8_kernel.h takes them.
void byte_products() {
  constexpr int kSteps = 5, kDepth = kSteps * kDotDepth, kMost = kDotLevels > 0 ? kDotLevels : 100;
  for (int round = 0; round < 200; round++) {
    const bool largest = round < 4;
    float values[kDepth + kW] = {};
    for (int k = 0; k < kDepth; k++) {
      values[k] = static_cast<float>(static_cast<int>(draw() % (2 * kMost + 1)) - kMost);
      if (largest) values[k] = static_cast<float>(round & 1 ? kMost : -kMost);
    }
    DotInput inputs[kDepth + kW];
    for (int k = 0; k < kDepth; k += kW) dot_store(inputs + k, vload(values + k));
    int8_t weights[kSteps][kW][kDotDepth];
    int32_t starts[kW] = {};
    double wanted[kW] = {};
    for (int s = 0; s < kSteps; s++) {
      for (int lane = 0; lane < kW; lane++) {
        for (int d = 0; d < kDotDepth; d++) {
          const int bound = largest && kDotPair > 0 ? kDotPair / 2 : 127;
          int weight = largest ? (round & 2 ? bound : -bound) : static_cast<int>(draw() % 255) - 127;
          // Neighbours of one sign as the packing leaves them.
          if (kDotPair > 0 && d % 2 == 1) {
            const int before = weights[s][lane][d - 1];
            weight = std::clamp(weight, std::max(-127, -kDotPair - before), std::min(127, kDotPair - before));
          }
          weights[s][lane][d] = static_cast<int8_t>(weight);
          starts[lane] -= kDotOffset * weight;
          wanted[lane] += static_cast<double>(values[s * kDotDepth + d]) * weight;
        }
      }
    }
    D sum = dot_start(starts);
    for (int s = 0; s < kSteps; s++) sum = dot_add(sum, dot_input(inputs + s * kDotDepth), dot_weights(weights[s][0]));
    check("dot_add", dot_float(sum), [&](int i) { return static_cast<float>(wanted[i]); });
  }
  // Rounded to nearest, ties to even.
  float halves[kW];
  for (int i = 0; i < kW; i++) halves[i] = static_cast<float>(i) - 1.5f;
  DotInput rounded[kW];
  dot_store(rounded, vload(halves));
  for (int i = 0; i < kW; i++) {
    const double value = static_cast<double>(rounded[i]) - kDotOffset;
    const double wanted = kDotLevels > 0 ? std::nearbyint(halves[i]) : halves[i];
    expect(value == wanted, "dot_store", i, value, wanted);
  }
}

void check_near(const char* what, V got, const Lanes& x, double (*exact)(double), double bound) {
  const Lanes l = lanes(got);
  for (int i = 0; i < kW; i++) {
    const double wanted = exact(x.at[i]);
    expect(std::fabs(l.at[i] - wanted) <= bound * std::fabs(wanted), what, i, l.at[i], wanted);
  }
}

void functions() {
  for (int n = -126; n < 128; n++) {
    check("vpow2_magic", vpow2_magic(vset(static_cast<float>(n) + 12582912.0f)), [&](int) { return std::ldexp(1.0f, n); });
  }
  for (int round = 0; round < 4000; round++) {
    Lanes x = random_lanes(), unit, wide;
    for (int i = 0; i < kW; i++) unit.at[i] = std::fabs(x.at[i]) / 8, wide.at[i] = x.at[i] * 10;
    check_near("vexp", vexp(wide.load()), wide, [](double v) { return std::exp(v); }, 2e-7);
    check_near("vlog1p", vlog1p(unit.load()), unit, [](double v) { return std::log1p(v); }, 4e-7);
    V bell;
    // The lower tail: what is relative to the tail holds on the other side too.
    for (int i = 0; i < kW; i++) x.at[i] = -std::fabs(x.at[i]);
    check_near("vnormal", vnormal(x.load(), &bell), x, [](double v) { return 0.5 * std::erfc(-v * M_SQRT1_2); }, 4e-6);
  }
  const Lanes nan = lanes(vexp(vset(special(6))));
  expect(std::isnan(nan.at[0]), "vexp of NaN", 0, nan.at[0], special(6));
}

}  // namespace

int main() {
  arithmetic();
  partial_moves();
  transposes();
  narrow_numbers();
  byte_products();
  functions();
  return failures != 0;
}
