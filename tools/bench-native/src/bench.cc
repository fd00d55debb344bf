// The native kernels against OpenBLAS and oneDNN, and the shapes of training. Usage: bench <isa> <threads> [group]
#include <cmath>
#include <cstdlib>
#include <memory>

#include "../../../packages/kernels-native/src/cpp/ops/attention/attention.h"
#include "../../../packages/kernels-native/src/cpp/ops/bh4/bh4.h"
#include "../../../packages/kernels-native/src/cpp/ops/elementwise/elementwise.h"
#include "../../../packages/kernels-native/src/cpp/ops/gather/gather.h"
#include "../../../packages/kernels-native/src/cpp/ops/layer_norm/layer_norm.h"
#include "../../../packages/kernels-native/src/cpp/ops/linear/int8.h"
#include "../../../packages/kernels-native/src/cpp/ops/linear/linear.h"
#include "../../../packages/kernels-native/src/cpp/ops/lookup_ffn/lookup_ffn.h"
#include "../../../packages/kernels-native/src/cpp/ops/read/read.h"
#include "../../../packages/kernels-native/src/cpp/ops/softmax/softmax.h"
#include "../../../packages/kernels-native/src/cpp/runtime/isa.h"
#include "../../../packages/kernels-native/src/cpp/runtime/workspace.h"
#include "clock.h"
#include "floats.h"
#include "onednn.h"
#include "products.h"

using namespace lffn;

namespace {

// y = x W^T by OpenBLAS: row-major, W [out, in].
void sgemm(int rows, int in, int out, const Floats& x, const Floats& w, Floats& y) {
  cblas_sgemm(101, 111, 112, rows, out, in, 1, x.data(), in, w.data(), in, 0, y.data(), out);
}

// Prepared weights, held as the package holds them.
struct Packed {
  std::unique_ptr<float, void (*)(float*)> memory;
  Floats bias;
  Packed(const Engine& e, int in, int out, const Floats& w)
      : memory(allocate_floats(packed_floats(e, in, out)), free_floats), bias(normal(out, 1)) {
    pack_linear(e, in, out, w.data(), data());
  }
  float* data() { return memory.get(); }
};

struct PackedInt8 {
  std::unique_ptr<float, void (*)(float*)> memory;
  Int8Weights weights;
  Floats bias;
  PackedInt8(const Engine& e, int in, int out, const Floats& w)
      : memory(allocate_floats(int8_floats(e, in, out)), free_floats),
        weights(int8_parts(e, in, out, memory.get())),
        bias(normal(out, 1)) {
    pack_int8(e, in, out, w.data(), weights);
  }
};

void one_linear(const Engine& e, int rows, int in, int out) {
  const Floats x = normal(static_cast<size_t>(rows) * in, 1);
  Floats y(static_cast<size_t>(rows) * out);
  std::vector<Floats> weights;
  std::vector<Packed> packed;
  std::vector<PackedInt8> int8;
  for (int i = 0; i < kLayers; i++) {
    weights.push_back(normal(static_cast<size_t>(in) * out, 0.02f));
    packed.emplace_back(e, in, out, weights.back());
    int8.emplace_back(e, in, out, weights.back());
  }
  const double flop = 2.0 * rows * in * out;
  std::vector<Contender> race_of = {
      {"openblas", flop, [&](int i) { sgemm(rows, in, out, x, weights[i % kLayers], y); }},
      {"prepared", flop,
       [&](int i) {
         Packed& p = packed[i % kLayers];
         packed_linear(e, rows, in, out, x.data(), p.data(), p.bias.data(), false, y.data());
       }},
      {"prepared int8", flop,
       [&](int i) {
         PackedInt8& p = int8[i % kLayers];
         int8_linear(e, rows, in, out, x.data(), p.weights, p.bias.data(), false, y.data());
       }},
      {"unprepared", flop,
       [&](int i) { linear(e, rows, in, out, x.data(), weights[i % kLayers].data(), nullptr, y.data()); }},
  };
#ifdef HAS_ONEDNN
  std::vector<OneDnnLinear> onednn, onednn_int8;
  const std::vector<uint8_t> bytes(x.size(), 100);
  for (int i = 0; i < kLayers; i++) {
    onednn.emplace_back(rows, in, out, weights[i].data(), packed[i].bias.data(), false, false);
    onednn_int8.emplace_back(rows, in, out, weights[i].data(), packed[i].bias.data(), false, true);
  }
  race_of.push_back({"onednn", flop, [&](int i) { onednn[i % kLayers].forward(x.data(), y.data()); }});
  race_of.push_back({"onednn int8, product alone", flop,
                     [&](int i) { onednn_int8[i % kLayers].forward(bytes.data(), y.data()); }});
#endif
  race(race_of, e.threads, 1.0);
  char group[80];
  std::snprintf(group, sizeof group, "linear %dx%dx%d", rows, in, out);
  report(group, e.kernels->name, e.threads, race_of);
}

void ffn(const Engine& e, int rows) {
  const int d = 768, hidden = 3072, tables = 128, bits = 8, block = 64;
  const Floats x = normal(static_cast<size_t>(rows) * d, 1), ones(d, 1.0f), zeros(d);
  Floats middle(static_cast<size_t>(rows) * hidden), y(static_cast<size_t>(rows) * d);
  std::vector<Floats> up, down;
  std::vector<Packed> packed_up, packed_down;
  std::vector<PackedInt8> int8_up, int8_down;
  std::vector<std::unique_ptr<LookupFfn>> lookup, two_cell, bf16, int8, int4, narrow;
  for (int i = 0; i < kLayers; i++) {
    up.push_back(normal(static_cast<size_t>(d) * hidden, 0.02f));
    down.push_back(normal(static_cast<size_t>(d) * hidden, 0.02f));
    packed_up.emplace_back(e, d, hidden, up.back());
    packed_down.emplace_back(e, hidden, d, down.back());
    int8_up.emplace_back(e, d, hidden, up.back());
    int8_down.emplace_back(e, hidden, d, down.back());
    const Floats projection = normal(4 * 1024 * block, 1 / std::sqrt(64.0f * 1024)), bias = normal(tables * bits, 0.1f);
    const Floats cells = normal(static_cast<size_t>(tables) * 256 * d, 0.02f);
    LookupFfnConfig c{d, d, tables, bits, false, block, 4, LFFN_READ_SINGLE, 1e-5f, LFFN_F32, false};
    const LookupFfnWeights w{ones.data(), zeros.data(), projection.data(), bias.data(), cells.data(),
                             zeros.data(), nullptr, nullptr, nullptr, nullptr};
    lookup.emplace_back(LookupFfn::create(e, c, w));
    c.dtype = LFFN_BF16;
    bf16.emplace_back(LookupFfn::create(e, c, w));
    c.dtype = LFFN_I8;
    int8.emplace_back(LookupFfn::create(e, c, w));
    c.bf16_projection = true;
    narrow.emplace_back(LookupFfn::create(e, c, w));
    c.bf16_projection = false;
    c.dtype = LFFN_I4;
    int4.emplace_back(LookupFfn::create(e, c, w));
    c.dtype = LFFN_F32;
    c.mode = LFFN_READ_TWO_CELL;
    two_cell.emplace_back(LookupFfn::create(e, c, w));
  }
  const double flop = 4.0 * rows * d * hidden;
  const Bh4Shape bh4{rows, d, block, 4, 1};
  const LffnBh4Plan plan = bh4_plan(e, bh4);
  const Floats bh4_weights = normal(4 * 1024 * block, 1 / std::sqrt(64.0f * 1024));
  std::vector<std::unique_ptr<float, void (*)(float*)>> folded;
  for (int i = 0; i < kLayers; i++) {
    Floats unused(bh4_folded_floats(plan));
    folded.emplace_back(allocate_floats(bh4_folded_floats(plan)), free_floats);
    bh4_fold_all(e, plan, bh4_weights.data(), folded.back().get(), unused.data());
  }
  Floats planes(3 * kBh4TileRows * plan.ld);
  const Floats z = normal(static_cast<size_t>(rows) * tables * bits, 1), scales(tables * 256, 0.001f);
  Floats weights_of(static_cast<size_t>(rows) * tables);
  std::vector<int32_t> cells_of(weights_of.size()), drawn(weights_of.size());
  for (int32_t& c : drawn) c = static_cast<int32_t>(random_source() % 256);
  const LffnRead read_of{rows, tables, bits, LFFN_READ_SINGLE, nullptr, nullptr, nullptr, z.data(), nullptr};
  std::vector<std::vector<int8_t>> bytes(kLayers, std::vector<int8_t>(static_cast<size_t>(tables) * 256 * d, 3));
  std::vector<Contender> race_of = {
      {"openblas 2 sgemm", flop,
       [&](int i) {
         sgemm(rows, d, hidden, x, up[i % kLayers], middle);
         sgemm(rows, hidden, d, middle, down[i % kLayers], y);
       }},
      {"dense ffn (gelu, biases)", flop,
       [&](int i) {
         Packed &u = packed_up[i % kLayers], &v = packed_down[i % kLayers];
         packed_linear(e, rows, d, hidden, x.data(), u.data(), u.bias.data(), true, middle.data());
         packed_linear(e, rows, hidden, d, middle.data(), v.data(), v.bias.data(), false, y.data());
       }},
      {"dense ffn int8 (gelu, biases)", flop,
       [&](int i) {
         PackedInt8 &u = int8_up[i % kLayers], &v = int8_down[i % kLayers];
         int8_linear(e, rows, d, hidden, x.data(), u.weights, u.bias.data(), true, middle.data());
         int8_linear(e, rows, hidden, d, middle.data(), v.weights, v.bias.data(), false, y.data());
       }},
      {"bh4 alone", rows * (8.0 * 1024 * block + 4 * 1024 * 10),
       [&](int i) {
         for (int at = 0; at < rows; at += kBh4TileRows) {
           const int n = std::min<int>(kBh4TileRows, rows - at);
           e.kernels->bh4_forward(&plan, folded[i % kLayers].get(), n, x.data() + at * d, planes.data(), 0);
         }
       }},
      {"read alone", 0, [&](int) { e.kernels->read(&read_of, cells_of.data(), weights_of.data()); }},
      {"gather int8 alone", 0,
       [&](int i) {
         const TableRows kept{LFFN_I8, d, bytes[i % kLayers].data(), scales.data()};
         gather_kept(e, {rows, tables, bits, 1, d}, drawn.data(), weights_of.data(), kept, nullptr, y.data());
       }},
      {"lookup ffn single", 0, [&](int i) { lookup[i % kLayers]->forward(rows, x.data(), y.data()); }},
      {"lookup ffn single bf16 tables", 0, [&](int i) { bf16[i % kLayers]->forward(rows, x.data(), y.data()); }},
      {"lookup ffn single int8 tables", 0, [&](int i) { int8[i % kLayers]->forward(rows, x.data(), y.data()); }},
      {"lookup ffn single int8, bf16 projection", 0, [&](int i) { narrow[i % kLayers]->forward(rows, x.data(), y.data()); }},
      {"lookup ffn single int4 tables", 0, [&](int i) { int4[i % kLayers]->forward(rows, x.data(), y.data()); }},
      {"lookup ffn two-cell", 0, [&](int i) { two_cell[i % kLayers]->forward(rows, x.data(), y.data()); }},
  };
#ifdef HAS_ONEDNN
  std::vector<OneDnnLinear> onednn_up, onednn_down;
  for (int i = 0; i < kLayers; i++) {
    onednn_up.emplace_back(rows, d, hidden, up[i].data(), packed_up[i].bias.data(), true, false);
    onednn_down.emplace_back(rows, hidden, d, down[i].data(), packed_down[i].bias.data(), false, false);
  }
  race_of.push_back({"onednn ffn (gelu, biases)", flop, [&](int i) {
                       onednn_up[i % kLayers].forward(x.data(), middle.data());
                       onednn_down[i % kLayers].forward(middle.data(), y.data());
                     }});
#endif
  race(race_of, e.threads, 1.5);
  char group[80];
  std::snprintf(group, sizeof group, "ffn %d tokens d=768", rows);
  report(group, e.kernels->name, e.threads, race_of);
}

// What one training step of a small model asks: 2048 rows, d 128, d_ff 512, 32 tables of 256, block 8, 4 heads.
void training(const Engine& e) {
  const int rows = 2048, d = 128, hidden = 512, tables = 32, bits = 8, vocabulary = 8192, wanted = 300;
  const int heads = 4, sequences = 16, code_bits = tables * bits;
  const Floats x = normal(rows * d, 1), w1 = normal(d * hidden, 0.05f), wide = normal(rows * hidden, 1);
  Floats y1(rows * hidden), dx(rows * d), dw1(d * hidden), db1(hidden);
  const Floats head = normal(vocabulary * d, 0.02f), few = normal(wanted * d, 1);
  Floats logits(wanted * vocabulary), dlogits = normal(wanted * vocabulary, 0.01f), dhead(vocabulary * d);
  Floats losses(wanted), ones(wanted, 1.0f);
  std::vector<int32_t> targets(wanted, 5);
  const Bh4Shape bh4{rows, d, 8, 4, 2};
  const Floats bh4_w = normal(2 * 4 * 128 * 8, 0.03f), code_bias(code_bits);
  Floats z(rows * code_bits), dz(rows * code_bits), dbh4_w(2 * 4 * 128 * 8);
  const ReadShape read_of{rows, tables, bits, LFFN_READ_SINGLE, nullptr, nullptr, nullptr};
  const ReadShape two{rows, tables, bits, LFFN_READ_TWO_CELL, nullptr, nullptr, nullptr};
  std::vector<int32_t> cells(rows * tables * 2);
  Floats weights(rows * tables * 2), dweights(rows * tables * 2);
  const Floats values = normal(tables * 256 * d, 0.02f);
  Floats dvalues(tables * 256 * d), y(rows * d), dout(d);
  const GatherShape gather_of{rows, tables, bits, 1, d};
  std::vector<int32_t> offsets;
  for (int i = 0; i <= sequences; i++) offsets.push_back(i * rows / sequences);
  const AttentionShape attention_of{rows, sequences, heads, d / heads};
  Floats q = normal(rows * d, 1), dq(rows * d), dk(rows * d), dv(rows * d);
  Floats norm_w(d, 1.0f), dnorm(2 * d);
  const double linear_flop = 2.0 * rows * d * hidden, head_flop = 2.0 * wanted * d * vocabulary;
  const double bh4_flop = 2.0 * rows * 2 * (4 * 2 * 128 * 8 + 4 * 128 * 7) / 2;
  const double attention_flop = 4.0 * rows * d * (rows / sequences);
  for (float& v : dz) v = 0.01f;
  project(e, bh4, code_bits, x.data(), bh4_w.data(), code_bias.data(), z.data());
  read(e, read_of, z.data(), cells.data(), weights.data());
  std::vector<Contender> race_of = {
      {"linear 128 to 512", linear_flop, [&](int) { linear(e, rows, d, hidden, x.data(), w1.data(), db1.data(), y1.data()); }},
      {"linear 128 to 512 (openblas)", linear_flop, [&](int) { sgemm(rows, d, hidden, x, w1, y1); }},
      {"linear 512 to 128", linear_flop, [&](int) { linear(e, rows, hidden, d, wide.data(), w1.data(), nullptr, y.data()); }},
      {"linear backward", 2 * linear_flop,
       [&](int) {
         linear_backward(e, rows, d, hidden, x.data(), w1.data(), wide.data(), dx.data(), dw1.data(), db1.data());
       }},
      {"head logits", head_flop, [&](int) { linear(e, wanted, d, vocabulary, few.data(), head.data(), nullptr, logits.data()); }},
      {"head backward", 2 * head_flop,
       [&](int) {
         linear_backward(e, wanted, d, vocabulary, few.data(), head.data(), dlogits.data(), dx.data(), dhead.data(), nullptr);
       }},
      {"cross entropy", 0, [&](int) { cross_entropy(e, wanted, vocabulary, logits.data(), targets.data(), losses.data()); }},
      {"cross entropy backward", 0,
       [&](int) {
         cross_entropy_backward(e, wanted, vocabulary, logits.data(), targets.data(), ones.data(), dlogits.data());
       }},
      {"project bh4 block 8", bh4_flop,
       [&](int) { project(e, bh4, code_bits, x.data(), bh4_w.data(), code_bias.data(), z.data()); }},
      {"project bh4 backward", 3 * bh4_flop,
       [&](int) { project_backward(e, bh4, code_bits, x.data(), bh4_w.data(), dz.data(), dx.data(), dbh4_w.data()); }},
      {"read single", 0, [&](int) { read(e, read_of, z.data(), cells.data(), weights.data()); }},
      {"read single backward", 0,
       [&](int) { read_backward(e, read_of, z.data(), dweights.data(), dz.data(), nullptr, nullptr, nullptr); }},
      {"gather", 2.0 * rows * tables * d,
       [&](int) { gather(e, gather_of, cells.data(), weights.data(), values.data(), nullptr, y.data()); }},
      {"gather backward", 4.0 * rows * tables * d,
       [&](int) {
         gather_backward(e, gather_of, cells.data(), weights.data(), values.data(), x.data(), dweights.data(),
                         dvalues.data(), dout.data());
       }},
      {"gelu", 0, [&](int) { gelu(e, rows * hidden, wide.data(), y1.data()); }},
      {"gelu backward", 0, [&](int) { gelu_backward(e, rows * hidden, wide.data(), wide.data(), y1.data()); }},
      {"layer norm", 0, [&](int) { layer_norm(e, rows, d, 1e-5f, x.data(), norm_w.data(), dout.data(), y.data()); }},
      {"layer norm backward", 0,
       [&](int) {
         layer_norm_backward(e, rows, d, 1e-5f, x.data(), norm_w.data(), x.data(), dx.data(), dnorm.data(), dnorm.data() + d);
       }},
      {"attention", attention_flop,
       [&](int) { attention(e, attention_of, offsets.data(), q.data(), q.data(), x.data(), y.data()); }},
      {"attention backward", 3.5 * attention_flop / 1.0,
       [&](int) {
         attention_backward(e, attention_of, offsets.data(), q.data(), q.data(), x.data(), x.data(), dq.data(), dk.data(),
                            dv.data());
       }},
      // Last: it leaves two cells a table behind.
      {"read two-cell", 0, [&](int) { static std::vector<int32_t> c(rows * tables * 2); static Floats w(rows * tables * 2); read(e, two, z.data(), c.data(), w.data()); }},
  };
  race(race_of, e.threads, 4.0);
  report("training step d=128, 2048 rows", e.kernels->name, e.threads, race_of);
}

}  // namespace

int main(int argc, char** argv) {
  const char* isa = argc > 1 ? argv[1] : supported_kernels()[0]->name;
  const int threads = argc > 2 ? std::atoi(argv[2]) : 1;
  const std::string group = argc > 3 ? argv[3] : "all";
  const LffnKernels* kernels = kernels_named(isa);
  if (!kernels || threads < 1) {
    std::fprintf(stderr, "bench: this machine has no '%s' kernels, or threads is below 1\n", isa);
    return 2;
  }
  openblas_set_num_threads(threads);
  std::fprintf(stderr, "kernels %s, OpenBLAS core %s, %d thread(s)\n", kernels->name, openblas_get_corename(), threads);
  const Engine e{kernels, threads};
  if (group == "linear" || group == "all") {
    one_linear(e, 128, 768, 3072);
    one_linear(e, 128, 768, 768);
    one_linear(e, 1, 768, 768);
  }
  if (group == "ffn" || group == "all") {
    for (int rows : {1, 8, 128, 1024}) ffn(e, rows);
  }
  if (group == "products" || group == "all") {
    products(e, 4096, 256, 256);
    products(e, 4096, 256, 1024);
    products(e, 4096, 1024, 256);
    products(e, 512, 256, 8192);
  }
  if (group == "training" || group == "all") training(e);
  return 0;
}
