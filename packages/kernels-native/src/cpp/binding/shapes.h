// Shapes that forward and backward read alike from a call's arguments.
#pragma once
#include "../ops/bh4/bh4.h"
#include "../ops/gather/gather.h"
#include "../ops/read/read.h"
#include "args.h"

namespace lffn {

// The engine that a function belongs to.
inline const Engine& engine_of(const Args& a) { return *static_cast<const Engine*>(a.data()); }

struct Projection {
  bool dense;
  Bh4Shape bh4;
  int64_t code_bits, weights;
};

Bh4Shape bh4_shape(Args& a);           // rows, hidden, block, stages, repeats
Projection projection_shape(Args& a);  // rows, dense, hidden, tables, bits, block, stages
ReadShape read_shape(Args& a);         // rows, tables, bits, mode, temperature, beta, gamma
GatherShape gather_shape(Args& a);     // rows, tables, bits, cells, out

int64_t padded_size(int64_t hidden);
int64_t bh4_weights(const Bh4Shape& s);
// offsets [sequences + 1] rising from 0 to rows.
const int32_t* sequence_offsets(Args& a, int64_t sequences, int64_t rows);

}  // namespace lffn
