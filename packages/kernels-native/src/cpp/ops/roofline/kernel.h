// What the machine can do at best: arithmetic that waits for nothing, and reading that does nothing else.
#pragma once

namespace {

// Chains that do not wait for each other: two a cycle of four or five cycles' latency need ten.
constexpr int kChains = 12;

// rounds x kChains multiply-adds of whole vectors; the sum is returned so that none of it can be left out.
float multiply_adds(lffn_int rounds) {
  V chain[kChains];
  LFFN_UNROLL for (int i = 0; i < kChains; i++) chain[i] = vset(static_cast<float>(i));
  const V shrink = vset(0.5f), step = vset(1.0f);
  for (lffn_int round = 0; round < rounds; round++) {
    LFFN_UNROLL for (int i = 0; i < kChains; i++) chain[i] = vfma(chain[i], shrink, step);
  }
  V sum = vzero();
  LFFN_UNROLL for (int i = 0; i < kChains; i++) sum = vadd(sum, chain[i]);
  return vsum(sum);
}

float read_floats(lffn_int size, const float* x) {
  V sum[8];
  LFFN_UNROLL for (int i = 0; i < 8; i++) sum[i] = vzero();
  lffn_int at = 0;
  for (; at + 8 * kW <= size; at += 8 * kW) {
    LFFN_UNROLL for (int i = 0; i < 8; i++) sum[i] = vadd(sum[i], vload(x + at + i * kW));
  }
  LFFN_UNROLL for (int i = 1; i < 8; i++) sum[0] = vadd(sum[0], sum[i]);
  return vsum(sum[0]);
}

}  // namespace
