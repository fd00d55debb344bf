#include "shapes.h"

#include <algorithm>

namespace lffn {
namespace {

constexpr int64_t kMostBits = 20;
constexpr int64_t kMostStages = 64;

int64_t bits_of(Args& a) {
  const int64_t bits = a.size("bits", 1);
  if (bits > kMostBits) a.fail("SHAPE_MISMATCH", "bits is above 20.");
  return a.ok() ? bits : 1;
}

void check_block(Args& a, int64_t block, int64_t stages, int64_t hidden) {
  if (!a.ok()) return;
  if ((block & (block - 1)) != 0 || block > padded_size(hidden)) {
    a.fail("SHAPE_MISMATCH", "block must be a power of two, at most the padded hidden size.");
  }
  if (stages > kMostStages) a.fail("SHAPE_MISMATCH", "stages is above 64.");
}

}  // namespace

int64_t padded_size(int64_t hidden) {
  int64_t padded = 1;
  while (padded < hidden) padded *= 2;
  return padded;
}

int64_t bh4_weights(const Bh4Shape& s) { return product(s.repeats, s.stages, padded_size(s.hidden), s.block); }

Bh4Shape bh4_shape(Args& a) {
  Bh4Shape s;
  s.rows = a.size("rows", 0);
  s.hidden = a.size("hidden", 1);
  s.block = a.size("block", 1);
  s.stages = a.size("stages", 1);
  s.repeats = a.size("repeats", 1);
  check_block(a, s.block, s.stages, s.hidden);
  return s;
}

Projection projection_shape(Args& a) {
  Projection p{};
  p.bh4.rows = a.size("rows", 0);
  p.dense = a.flag("dense");
  p.bh4.hidden = a.size("hidden", 1);
  const int64_t tables = a.size("tables", 1);
  p.code_bits = product(tables, bits_of(a));
  p.bh4.block = a.size("block", p.dense ? 0 : 1);
  p.bh4.stages = a.size("stages", p.dense ? 0 : 1);
  if (p.dense || !a.ok()) {
    p.weights = product(p.code_bits, p.bh4.hidden);
    return p;
  }
  check_block(a, p.bh4.block, p.bh4.stages, p.bh4.hidden);
  const int64_t padded = padded_size(p.bh4.hidden);
  p.bh4.repeats = std::max<int64_t>(1, (p.code_bits + padded - 1) / padded);
  p.weights = bh4_weights(p.bh4);
  return p;
}

ReadShape read_shape(Args& a) {
  ReadShape s{};
  s.rows = a.size("rows", 0);
  s.tables = a.size("tables", 1);
  s.bits = bits_of(a);
  s.mode = static_cast<int32_t>(a.size("mode", 0));
  if (s.mode > LFFN_READ_FOUR_CELL) a.fail("INVALID_ARGUMENT", "mode is from 0 to 5.");
  s.temperature = a.f32_or_null("temperature", s.tables);
  s.beta = a.f32_or_null("beta", s.tables);
  s.gamma = a.f32_or_null("gamma", s.tables);
  return s;
}

GatherShape gather_shape(Args& a) {
  GatherShape s{};
  s.rows = a.size("rows", 0);
  s.tables = a.size("tables", 1);
  s.bits = bits_of(a);
  s.cells = a.size("cells", 1);
  s.out = a.size("out", 1);
  return s;
}

const int32_t* sequence_offsets(Args& a, int64_t sequences, int64_t rows) {
  const int32_t* offsets = a.settled_i32("offsets", sequences + 1);
  if (!a.ok()) return nullptr;
  int32_t previous = 0;
  for (int64_t i = 0; i <= sequences; i++) {
    if (offsets[i] < previous || (i == 0 && offsets[i] != 0)) {
      a.fail("SHAPE_MISMATCH", "offsets start at 0 and never fall.");
      return nullptr;
    }
    previous = offsets[i];
  }
  if (previous != rows) a.fail("SHAPE_MISMATCH", "offsets must end at the number of rows.");
  return offsets;
}

}  // namespace lffn
