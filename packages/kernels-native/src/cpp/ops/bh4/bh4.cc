#include "bh4.h"

#include <algorithm>
#include <cstring>

#include "../../runtime/groups.h"
#include "../../runtime/pool.h"
#include "../../runtime/workspace.h"

namespace lffn {
namespace {

int64_t tile_floats(const LffnBh4Plan& p, int64_t planes) { return planes * kBh4TileRows * p.ld; }

// One repeat of a tile of rows: v [rows][ld] of the kernel to where the caller wants it.
template <typename Finish>
bool forward(const Engine& e, const Bh4Shape& s, const float* x, const float* weight, Finish finish) {
  if (s.rows == 0) return true;
  const LffnBh4Plan p = bh4_plan(e, s);
  const int64_t folded = bh4_folded_floats(p), per_slot = tile_floats(p, 3);
  float *forward, *backward, *planes;
  if (!workspace({{&forward, folded}, {&backward, folded}, {&planes, e.threads * per_slot}})) return false;
  bh4_fold_all(e, p, weight, forward, backward);
  parallel_rows(e.threads, s.rows, kBh4TileRows, [&](int64_t first, int64_t end, int slot) {
    const float* tile = x + first * s.hidden;
    for (int64_t r = 0; r < s.repeats; r++) {
      const float* weights = forward + r * s.stages * p.width * p.block;
      finish(p, first, end - first, r,
             e.kernels->bh4_forward(&p, weights, end - first, tile, planes + slot * per_slot, 0));
    }
  });
  return true;
}

// `start(plan, first, rows, repeat, dv)` writes the gradient of a repeat's output, padded, and adds to dx what does not
// come through BH4.
template <typename Start>
bool backward(const Engine& e, const Bh4Shape& s, const float* x, const float* weight, float* dx, float* dweight,
              Start start) {
  if (s.rows == 0) return true;
  const LffnBh4Plan p = bh4_plan(e, s);
  const int64_t folded = bh4_folded_floats(p), planes_of = tile_floats(p, s.stages + 1), tile = tile_floats(p, 1);
  const int64_t per_slot = planes_of + 2 * tile;
  const RowGroups groups(s.rows, kBh4TileRows);
  float *to_output, *to_input, *scratch, *sums;
  if (!workspace({{&to_output, folded},
                  {&to_input, folded},
                  {&scratch, e.threads * per_slot},
                  {&sums, dweight ? groups.count * folded : 0}})) {
    return false;
  }
  bh4_fold_all(e, p, weight, to_output, to_input);
  const int64_t matrices = s.stages * p.width * p.block;
  parallel(e.threads, groups.count, [&](int64_t group, int slot) {
    float* planes = scratch + slot * per_slot;
    float *dv = planes + planes_of, *spare = dv + tile;
    float* sum = dweight ? sums + group * folded : nullptr;
    if (sum) std::memset(sum, 0, folded * sizeof(float));
    for (int64_t first = groups.first(group); first < groups.end(group); first += kBh4TileRows) {
      const int64_t rows = std::min(kBh4TileRows, groups.end(group) - first);
      for (int64_t r = 0; r < s.repeats; r++) {
        start(p, first, rows, r, dv);
        e.kernels->bh4_forward(&p, to_output + r * matrices, rows, x + first * s.hidden, planes, 1);
        const float* input = e.kernels->bh4_backward(&p, to_input + r * matrices, rows, planes, dv, spare,
                                                     sum ? sum + r * matrices : nullptr);
        if (!dx) continue;
        for (int64_t i = 0; i < rows; i++) {
          float* to = dx + (first + i) * s.hidden;
          e.kernels->add(s.hidden, to, input + i * p.ld, to);
        }
      }
    }
  });
  if (!dweight) return true;
  add_groups(e, groups.count, folded, sums);
  const int64_t weights = p.padded * p.original_block;
  parallel(e.threads, s.repeats * s.stages, [&](int64_t stage, int) {
    e.kernels->bh4_unfold(&p, sums + stage * p.width * p.block, dweight + stage * weights);
  });
  return true;
}

}  // namespace

LffnBh4Plan bh4_plan(const Engine& e, const Bh4Shape& s) {
  const int64_t lanes = e.kernels->width;
  LffnBh4Plan p;
  p.hidden = s.hidden;
  p.padded = 1;
  while (p.padded < s.hidden) p.padded *= 2;
  p.original_block = s.block;
  p.width = std::max(p.padded, lanes);
  p.block = std::max(s.block, lanes);
  p.blocks = p.width / p.block;
  p.stages = s.stages;
  p.repeats = s.repeats;
  // Off a power of two: rows 4 KB apart would share one cache set.
  p.ld = p.width + 16;
  p.bf16 = 0;
  return p;
}

int64_t bh4_folded_floats(const LffnBh4Plan& p) { return p.repeats * p.stages * p.width * p.block; }

void bh4_fold_all(const Engine& e, const LffnBh4Plan& p, const float* weight, float* forward, float* backward) {
  const int64_t matrices = p.width * p.block, weights = p.padded * p.original_block;
  parallel(e.threads, p.repeats * p.stages, [&](int64_t stage, int) {
    e.kernels->bh4_fold(&p, weight + stage * weights, forward + stage * matrices, backward + stage * matrices);
  });
}

bool bh4(const Engine& e, const Bh4Shape& s, const float* x, const float* weight, float* y) {
  return forward(e, s, x, weight,
                 [&](const LffnBh4Plan& p, int64_t first, int64_t rows, int64_t repeat, const float* v) {
                   for (int64_t i = 0; i < rows; i++) {
                     float* to = y + ((first + i) * s.repeats + repeat) * p.padded;
                     std::memcpy(to, v + i * p.ld, p.padded * sizeof(float));
                   }
                 });
}

bool bh4_backward(const Engine& e, const Bh4Shape& s, const float* x, const float* weight, const float* dy, float* dx,
                  float* dweight) {
  return backward(e, s, x, weight, dx, dweight,
                  [&](const LffnBh4Plan& p, int64_t first, int64_t rows, int64_t repeat, float* dv) {
                    for (int64_t i = 0; i < rows; i++) {
                      const float* from = dy + ((first + i) * s.repeats + repeat) * p.padded;
                      std::memcpy(dv + i * p.ld, from, p.padded * sizeof(float));
                      std::memset(dv + i * p.ld + p.padded, 0, (p.width - p.padded) * sizeof(float));
                    }
                  });
}

bool project(const Engine& e, const Bh4Shape& s, int64_t code_bits, const float* x, const float* weight,
             const float* bias, float* z) {
  return forward(e, s, x, weight,
                 [&](const LffnBh4Plan& p, int64_t first, int64_t rows, int64_t repeat, const float* v) {
                   e.kernels->project_finish(&p, rows, repeat, v, x + first * s.hidden, bias, code_bits,
                                             z + first * code_bits);
                 });
}

bool project_backward(const Engine& e, const Bh4Shape& s, int64_t code_bits, const float* x, const float* weight,
                      const float* dz, float* dx, float* dweight) {
  return backward(e, s, x, weight, dx, dweight,
                  [&](const LffnBh4Plan& p, int64_t first, int64_t rows, int64_t repeat, float* dv) {
                    e.kernels->project_start_backward(&p, rows, repeat, dz + first * code_bits, code_bits, dv,
                                                      dx ? dx + first * s.hidden : nullptr);
                  });
}

}  // namespace lffn
