// Each instruction set of this machine against the scalar kernels, through the drivers and without Node: for emulators in
// which a whole Node is slow. Prints a line for each and ends with 1 when one is off.
#include <cmath>
#include <cstdio>
#include <vector>

#include "../../src/cpp/ops/attention/attention.h"
#include "../../src/cpp/ops/layer_norm/layer_norm.h"
#include "../../src/cpp/ops/linear/int8.h"
#include "../../src/cpp/ops/linear/linear.h"
#include "../../src/cpp/ops/lookup_ffn/lookup_ffn.h"
#include "../../src/cpp/runtime/isa.h"

namespace lffn {
namespace {

using Floats = std::vector<float>;
uint32_t state;
Floats draw(int64_t n, float scale = 1.0f) {
  Floats made(n);
  for (float& x : made) {
    state = state * 1664525u + 1013904223u;
    x = (static_cast<float>(state >> 8) * 0x1p-23f - 1.0f) * scale;
  }
  return made;
}

// The results of everything, in order, with the error each may have, relative to its largest number.
struct Result {
  const char* what;
  double bound;
  Floats values;
};
std::vector<Result> results;
Floats& result(const char* what, int64_t n, double bound = 1e-5) {
  results.push_back({what, bound, Floats(n, 0.25f)});
  return results.back().values;
}

void dense(const Engine& e, int64_t rows, int64_t in, int64_t out) {
  const Floats x = draw(rows * in), w = draw(in * out), b = draw(out), dy = draw(rows * out);
  linear(e, rows, in, out, x.data(), w.data(), b.data(), result("linear", rows * out).data());
  Floats dx(rows * in), dw(in * out), db(out);
  linear_backward(e, rows, in, out, x.data(), w.data(), dy.data(), dx.data(), dw.data(), db.data());
  result("linear dx", 0) = dx, result("linear dw", 0) = dw, result("linear db", 0) = db;
  Floats packed(packed_floats(e, in, out) + 64), bytes(int8_floats(e, in, out) + 64);
  pack_linear(e, in, out, w.data(), packed.data());
  packed_linear(e, rows, in, out, x.data(), packed.data(), b.data(), true, result("packed, gelu", rows * out).data());
  const Int8Weights kept = int8_parts(e, in, out, bytes.data());
  pack_int8(e, in, out, w.data(), kept);
  // Activations of 8 bits on one side, floats on the other; and weights that lose up to a bit on AVX2.
  int8_linear(e, rows, in, out, x.data(), kept, nullptr, false, result("int8", rows * out, 0.04).data());
}

void normalised_attention(const Engine& e) {
  const int64_t rows = 37, heads = 3, size = 21, d = heads * size;
  const int32_t offsets[] = {0, 5, 5, 36, 37};
  const Floats x = draw(rows * d), w = draw(d), k = draw(rows * d), v = draw(rows * d), dy = draw(rows * d);
  Floats& q = result("layer norm", rows * d);
  layer_norm(e, rows, d, 1e-5f, x.data(), w.data(), w.data(), q.data());
  const Floats queries = q;
  const AttentionShape shape{rows, 4, heads, size};
  attention(e, shape, offsets, queries.data(), k.data(), v.data(), result("attention", rows * d).data());
  Floats dq(rows * d), dk(rows * d), dv(rows * d);
  attention_backward(e, shape, offsets, queries.data(), k.data(), v.data(), dy.data(), dq.data(), dk.data(), dv.data());
  result("attention dq", 0) = dq, result("attention dk", 0) = dk, result("attention dv", 0) = dv;
}

void lookup(const Engine& e, bool is_dense, int32_t mode, int32_t dtype, bool bf16) {
  LookupFfnConfig c{};
  c.hidden = 52, c.out = 75, c.tables = 11, c.bits = 4, c.dense = is_dense, c.block = 16, c.stages = 3;
  c.mode = mode, c.epsilon = 1e-5f, c.dtype = dtype, c.bf16_projection = bf16 && !is_dense;
  const int64_t rows = 29, code = c.tables * c.bits;
  const Floats x = draw(rows * c.hidden), n = draw(c.hidden), p = draw(is_dense ? code * c.hidden : 3 * 64 * 16, 0.2f);
  const Floats pb = draw(code), t = draw(c.tables * 16 * c.out), b = draw(c.out), s = draw(c.out * c.hidden, 0.1f);
  const LookupFfnWeights w{n.data(), n.data(), p.data(), pb.data(), t.data(), b.data(), s.data(), nullptr, nullptr, nullptr};
  LookupFfn* made = LookupFfn::create(e, c, w);
  // Byte rows are summed in int16 here, in floats there.
  const double bound = dtype == LFFN_I8 ? 2e-3 : 2e-5;
  made->forward(rows, x.data(), result(is_dense ? "dense LookupFFN" : "LookupFFN", rows * c.out, bound).data());
  delete made;
}

std::vector<Result> everything(const Engine& e) {
  results.clear();
  results.reserve(256);
  state = 7;
  for (int64_t rows : {1, 2, 3, 5, 13, 30}) dense(e, rows, 45, 70), dense(e, rows, 7, 3);
  normalised_attention(e);
  for (int32_t mode : {LFFN_READ_SINGLE, LFFN_READ_TWO_CELL, LFFN_READ_NEIGHBOURS, LFFN_READ_FULL}) {
    for (int32_t dtype : {LFFN_F32, LFFN_BF16, LFFN_F16, LFFN_I8, LFFN_I4}) {
      for (bool is_dense : {false, true}) lookup(e, is_dense, mode, dtype, false);
    }
  }
  lookup(e, false, LFFN_READ_SINGLE, LFFN_I8, true);
  return results;
}

int compare() {
  int bad = 0;
  const std::vector<Result> scalar = everything({kernels_named("scalar"), 1});
  for (const LffnKernels* const* k = supported_kernels(); *k; k++) {
    double worst = 0;
    const std::vector<Result> other = everything({*k, 2});
    for (size_t i = 0; i < scalar.size(); i++) {
      double largest = 0, off = 0;
      for (size_t j = 0; j < scalar[i].values.size(); j++) {
        largest = std::fmax(largest, std::fabs(scalar[i].values[j]));
        const double error = std::fabs(scalar[i].values[j] - other[i].values[j]);
        off = error >= off ? error : off, off = std::isnan(error) ? INFINITY : off;
      }
      worst = std::fmax(worst, off / largest / scalar[i].bound);
      if (off <= largest * scalar[i].bound) continue;
      std::printf("%s: %s (%zu): off by %g of %g\n", (*k)->name, scalar[i].what, i, off, largest), bad = 1;
    }
    std::printf("%s: %zu results, at most %.2f of the error allowed\n", (*k)->name, scalar.size(), worst);
  }
  return bad;
}

}  // namespace
}  // namespace lffn

int main() { return lffn::compare(); }
