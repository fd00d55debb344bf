#include "lookup_ffn.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#include "../../runtime/pool.h"
#include "../../runtime/workspace.h"
#include "../layer_norm/layer_norm.h"
#include "../linear/int8.h"
#include "../linear/linear.h"

namespace lffn {
namespace {

int64_t aligned(int64_t floats) { return (floats + 15) / 16 * 16; }

}  // namespace

template <typename With>
bool LookupFfn::with_parts(const LookupFfnParts& has, With with) {
  const LookupFfnConfig& c = config_;
  const int64_t code_bits = c.tables * c.bits, table_rows = c.tables << c.bits;
  const int64_t values = (table_bytes(c.dtype, table_rows, c.out) + 3) / 4, scales = table_scales(c.dtype, table_rows);
  if (c.dense) {
    projection_floats_ = packed_floats(engine_, c.hidden, code_bits);
  } else {
    Bh4Shape shape{0, c.hidden, c.block, c.stages, 1};
    plan_ = bh4_plan(engine_, shape);
    shape.repeats = std::max<int64_t>(1, (code_bits + plan_.padded - 1) / plan_.padded);
    plan_ = bh4_plan(engine_, shape);
    plan_.bf16 = c.bf16_projection;
    projection_floats_ = c.bf16_projection ? bh4_folded_floats(plan_) / 2 : bh4_folded_floats(plan_);
  }
  const int64_t skip = c.int8_skip ? int8_floats(engine_, c.hidden, c.out) : packed_floats(engine_, c.hidden, c.out);
  const std::array<StoragePart, 11> parts{{
      {&norm_weight_, c.hidden, has.norm},
      {&norm_bias_, c.hidden, has.norm},
      {&projection_, projection_floats_, true},
      {&projection_bias_, code_bits, true},
      {&tables_, values, true},
      {&scales_, scales, scales > 0},
      {&bias_, c.out, true},
      {&skip_, skip, has.skip},
      {&temperature_, c.tables, has.temperature},
      {&beta_, c.tables, has.beta},
      {&gamma_, c.tables, has.gamma},
  }};
  return with(parts);
}

LookupFfn* LookupFfn::create(const Engine& e, const LookupFfnConfig& c, const LookupFfnWeights& w) {
  LookupFfn* made = new (std::nothrow) LookupFfn(e, c);
  if (!made) return nullptr;
  const LookupFfnParts has{w.norm_weight != nullptr, w.skip != nullptr, w.temperature != nullptr, w.beta != nullptr,
                           w.gamma != nullptr};
  if (made->with_parts(has, [&](const auto& parts) { return made->storage_.allocate(parts); }) && made->fill(w)) return made;
  delete made;
  return nullptr;
}

LookupFfn* LookupFfn::adopt(const Engine& e, const LookupFfnConfig& c, const LookupFfnParts& has, const void* data,
                            int64_t bytes, int64_t* expected) {
  LookupFfn* made = new (std::nothrow) LookupFfn(e, c);
  *expected = bytes;
  if (made && made->with_parts(has, [&](const auto& parts) {
        *expected = Storage::bytes_of(parts);
        return *expected == bytes && made->storage_.adopt(parts, data);
      })) {
    return made;
  }
  delete made;
  return nullptr;
}

int64_t LookupFfn::table_bytes_kept() const {
  const int64_t rows = config_.tables << config_.bits;
  return table_bytes(config_.dtype, rows, config_.out) + table_scales(config_.dtype, rows) * 4;
}

int64_t LookupFfn::projection_bytes_kept() const { return (projection_floats_ + config_.tables * config_.bits) * 4; }

bool LookupFfn::fill(const LookupFfnWeights& w) {
  const LookupFfnConfig& c = config_;
  const auto copy = [](const float* from, int64_t floats, float* to) {
    if (from) std::memcpy(to, from, floats * sizeof(float));
  };
  copy(w.norm_weight, c.hidden, norm_weight_);
  copy(w.norm_bias, c.hidden, norm_bias_);
  copy(w.projection_bias, c.tables * c.bits, projection_bias_);
  copy(w.bias, c.out, bias_);
  copy(w.temperature, c.tables, temperature_);
  copy(w.beta, c.tables, beta_);
  copy(w.gamma, c.tables, gamma_);
  pack_tables(engine_, c.dtype, c.tables << c.bits, c.out, w.tables, tables_, scales_);
  if (w.skip && c.int8_skip) {
    pack_int8(engine_, c.hidden, c.out, w.skip, int8_parts(engine_, c.hidden, c.out, skip_));
  } else if (w.skip) {
    pack_linear(engine_, c.hidden, c.out, w.skip, skip_);
  }
  if (c.dense) {
    pack_linear(engine_, c.hidden, c.tables * c.bits, w.projection, projection_);
    return true;
  }
  const int64_t folded = bh4_folded_floats(plan_);
  float *forward, *backward;
  if (!workspace({{&forward, c.bf16_projection ? folded : 0}, {&backward, folded}})) return false;
  bh4_fold_all(engine_, plan_, w.projection, c.bf16_projection ? forward : projection_, backward);
  if (c.bf16_projection) {
    uint16_t* to = reinterpret_cast<uint16_t*>(projection_);
    for (int64_t i = 0; i < folded; i++) to[i] = to_bf16(forward[i]);
  }
  return true;
}

bool LookupFfn::forward(int64_t rows, const float* x, float* y) const {
  // Cells and weights of a whole chunk of rows are kept between the hash and the gather: at most a few megabytes.
  constexpr int64_t kEntries = int64_t{1} << 19;
  const int64_t entries = config_.tables * cells_read(config_.mode, config_.bits);
  const int64_t tile = engine_.tile_rows, chunk = std::max(tile, kEntries / entries / tile * tile);
  for (int64_t first = 0; first < rows; first += chunk) {
    const int64_t n = std::min(chunk, rows - first);
    if (!forward_chunk(n, x + first * config_.hidden, y + first * config_.out)) return false;
  }
  return true;
}

bool LookupFfn::forward_chunk(int64_t rows, const float* x, float* y) const {
  const LookupFfnConfig& c = config_;
  const Engine& e = engine_;
  // Tiles of one size, or nearly, and as many for each thread, in whole register tiles where they are not few: a row's
  // result does not depend on its tile.
  const int64_t tiles = std::max<int64_t>(1, (rows / e.threads + e.tile_rows / 2) / e.tile_rows) * e.threads;
  const int64_t whole = e.kernels->gemm_rows, unit = rows >= 2 * whole * tiles ? whole : 2;
  const auto border = [&](int64_t tile) {
    return tile == tiles ? rows : std::min(rows, (rows * tile / tiles + unit / 2) / unit * unit);
  };
  const int64_t most_rows = (rows + tiles - 1) / tiles + unit;
  const int64_t code_bits = c.tables * c.bits, cells = cells_read(c.mode, c.bits), entries = c.tables * cells;
  const bool whole_input = c.dense || skip_;  // products over all rows need all of the normalised input at once
  const int64_t normed = norm_weight_ ? aligned((whole_input ? rows : most_rows) * c.hidden) : 0;
  const int64_t normed_per_slot = whole_input ? 0 : normed;
  const int64_t planes = c.dense ? 0 : aligned(3 * most_rows * plan_.ld);
  const int64_t z_tile = c.dense ? 0 : aligned(most_rows * code_bits);
  const int64_t per_slot = normed_per_slot + planes + z_tile + aligned(read_scratch(c.bits));
  const bool int8_skip = skip_ && c.int8_skip;
  float *slots, *all_normed, *all_z, *gemm_scratch, *int8_scratch_at, *index_floats, *weights;
  if (!workspace({{&slots, e.threads * per_slot},
                  {&all_normed, whole_input ? normed : 0},
                  {&all_z, c.dense ? rows * code_bits : 0},
                  {&gemm_scratch, whole_input ? e.threads * e.kernels->gemm_scratch() : 0},
                  {&int8_scratch_at, int8_skip ? int8_scratch(e, rows, c.hidden) : 0},
                  {&index_floats, rows * entries},
                  {&weights, rows * entries}})) {
    return false;
  }
  int32_t* index = reinterpret_cast<int32_t*>(index_floats);
  const float* input = x;
  if (whole_input && norm_weight_) {
    layer_norm(e, rows, c.hidden, c.epsilon, x, norm_weight_, norm_bias_, all_normed);
    input = all_normed;
  }
  if (c.dense) {
    packed_linear_in(e, rows, c.hidden, code_bits, input, projection_, projection_bias_, false, all_z, gemm_scratch);
  }
  parallel(e.threads, tiles, [&](int64_t task, int slot) {
    const int64_t first = border(task), n = border(task + 1) - first;
    if (n == 0) return;
    float* at = slots + slot * per_slot;
    const float* tile = input + first * c.hidden;
    if (norm_weight_ && !whole_input) {
      e.kernels->layer_norm(n, c.hidden, c.epsilon, tile, norm_weight_, norm_bias_, at);
      tile = at;
    }
    at += normed_per_slot;
    const float* z = all_z + first * code_bits;
    if (!c.dense) {
      float* made = at + planes;
      for (int64_t r = 0; r < plan_.repeats; r++) {
        const int64_t skipped = r * c.stages * plan_.width * plan_.block;
        const float* v = e.kernels->bh4_forward(
            &plan_, projection_ + (c.bf16_projection ? skipped / 2 : skipped), n, tile, at, 0);
        e.kernels->project_finish(&plan_, n, r, v, tile, projection_bias_, code_bits, made);
      }
      z = made;
      at = made + z_tile;
    }
    const LffnRead read{n, c.tables, c.bits, cells, c.mode, temperature_, beta_, gamma_, z, at};
    e.kernels->read(&read, index + first * entries, weights + first * entries);
  });
  const TableRows kept{c.dtype, table_row_stride(c.dtype, c.out), tables_, scales_};
  gather_kept(e, {rows, c.tables, c.bits, cells, c.out}, index, weights, kept, bias_, y);
  if (int8_skip) {
    int8_linear_add(e, rows, c.hidden, c.out, input, int8_parts(e, c.hidden, c.out, skip_), y, int8_scratch_at);
  } else if (skip_) {
    packed_linear_in(e, rows, c.hidden, c.out, input, skip_, nullptr, true, y, gemm_scratch);
  }
  return true;
}

}  // namespace lffn
