#pragma once
#include "../../runtime/engine.h"

namespace lffn {

struct Bh4Shape {
  int64_t rows, hidden, block, stages, repeats;
};

// Conventions 2: x [rows, hidden], weight [R, stages, n, b, b], y [rows, R * P].
bool bh4(const Engine&, const Bh4Shape&, const float* x, const float* weight, float* y);
bool bh4_backward(const Engine&, const Bh4Shape&, const float* x, const float* weight, const float* dy, float* dx,
                  float* dweight);

// Conventions 3 with a BH4 projection: z [rows, code_bits] = 0.7 BH4(x) + 0.3 x + bias.
bool project(const Engine&, const Bh4Shape&, int64_t code_bits, const float* x, const float* weight, const float* bias,
             float* z);
bool project_backward(const Engine&, const Bh4Shape&, int64_t code_bits, const float* x, const float* weight,
                      const float* dz, float* dx, float* dweight);

// The same sizes as the kernels want them.
LffnBh4Plan bh4_plan(const Engine&, const Bh4Shape&);
// Floats of one set of folded weights (forward or backward), and the folding of all repeats and stages.
int64_t bh4_folded_floats(const LffnBh4Plan&);
void bh4_fold_all(const Engine&, const LffnBh4Plan&, const float* weight, float* forward, float* backward);

// Rows that pass through all stages together: enough to reuse the weights, few enough to stay in cache.
constexpr int64_t kBh4TileRows = 24;

}  // namespace lffn
