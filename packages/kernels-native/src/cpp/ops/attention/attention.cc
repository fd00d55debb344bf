#include "attention.h"

#include <algorithm>
#include <cmath>

#include "../../runtime/pool.h"
#include "../../runtime/workspace.h"

namespace lffn {
namespace {

// One task a (sequence, head): `run(head)` with the shape and scratch of that head filled in.
template <typename Run>
bool over_heads(const Engine& e, const AttentionShape& s, const int32_t* offsets, Run run) {
  int64_t longest = 0;
  for (int64_t i = 0; i < s.sequences; i++) longest = std::max<int64_t>(longest, offsets[i + 1] - offsets[i]);
  if (longest == 0) return true;
  const int64_t per_slot = (e.kernels->attention_scratch(longest, s.head_size) + 15) / 16 * 16;
  float* scratch;
  if (!workspace({{&scratch, e.threads * per_slot}})) return false;
  parallel(e.threads, s.sequences * s.heads, [&](int64_t task, int slot) {
    const int64_t sequence = task / s.heads, head = task % s.heads;
    LffnAttention a{};
    a.length = offsets[sequence + 1] - offsets[sequence];
    if (a.length == 0) return;
    a.head_size = s.head_size;
    a.ld = s.heads * s.head_size;
    a.scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(s.head_size)));
    a.scratch = scratch + slot * per_slot;
    run(a, offsets[sequence] * a.ld + head * s.head_size);
  });
  return true;
}

}  // namespace

bool attention(const Engine& e, const AttentionShape& s, const int32_t* offsets, const float* q, const float* k,
               const float* v, float* y) {
  return over_heads(e, s, offsets, [&](LffnAttention& a, int64_t at) {
    a.q = q + at, a.k = k + at, a.v = v + at, a.y = y + at;
    e.kernels->attention(&a);
  });
}

bool attention_backward(const Engine& e, const AttentionShape& s, const int32_t* offsets, const float* q,
                        const float* k, const float* v, const float* dy, float* dq, float* dk, float* dv) {
  return over_heads(e, s, offsets, [&](LffnAttention& a, int64_t at) {
    a.q = q + at, a.k = k + at, a.v = v + at, a.dy = dy + at;
    a.dq = dq + at, a.dk = dk + at, a.dv = dv + at;
    e.kernels->attention_backward(&a);
  });
}

}  // namespace lffn
