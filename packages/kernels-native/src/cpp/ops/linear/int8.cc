#include "int8.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "../../runtime/pool.h"
#include "../../runtime/workspace.h"

namespace lffn {
namespace {

int64_t up(int64_t a, int64_t b) { return (a + b - 1) / b * b; }
int64_t depth(const Engine& e, int64_t in) { return up(in, e.kernels->dot_depth); }
int64_t columns(const Engine& e, int64_t out) { return up(out, e.kernels->dot_panel); }
int64_t panel_floats(const Engine& e, int64_t in, int64_t out) { return up(columns(e, out) * depth(e, in), 64) / 4; }

// The size of a weight's last bit: the largest becomes 127, and no two neighbours of one sign exceed dot_pair, whatever
// way they are rounded.
float step_of(const Engine& e, int64_t in, const float* weights) {
  float most = 0, most_pair = 0;
  for (int64_t k = 0; k < in; k++) {
    most = std::max(most, std::fabs(weights[k]));
    if (k % 2 == 1) most_pair = std::max(most_pair, std::fabs(weights[k - 1] + weights[k]));
  }
  const int32_t pair = e.kernels->dot_pair;
  return pair == 0 ? most / 127.0f : std::max(most / 127.0f, most_pair / static_cast<float>(pair - 1));
}

// One output's weights, rounded, to its place in a panel.
void pack_output(const Engine& e, int64_t in, const float* from, int64_t column, int8_t* panel, float* scale,
                 int32_t* start) {
  const int64_t width = e.kernels->dot_panel, step = e.kernels->dot_depth;
  const bool finite = std::all_of(from, from + in, [](float weight) { return std::isfinite(weight); });
  const float size = step_of(e, in, from), inverse = 1.0f / size;
  const bool usable = finite && std::isfinite(inverse) && inverse > 0;
  *scale = !finite ? std::numeric_limits<float>::quiet_NaN() : usable ? size : 0.0f;
  int32_t sum = 0;
  for (int64_t k = 0; k < in; k++) {
    const int value = usable ? static_cast<int>(std::nearbyint(from[k] * inverse)) : 0;
    panel[(k / step * width + column) * step + k % step] = static_cast<int8_t>(value);
    sum += value;
  }
  *start = -e.kernels->dot_offset * sum;
}

// Rows that are quantised together, and a row of them in elements: a line off any power of two, lest rows share a set.
constexpr int64_t kMostRows = 1024;
int64_t together_of(int64_t rows) { return std::min(rows, kMostRows); }
int64_t stride_of(const Engine& e, int64_t in) { return up(in, 64) + 64 / e.kernels->dot_input_bytes; }

struct Product {
  int64_t rows, in, out;
  const float* x;
  const Int8Weights& weights;
  const float* bias;
  bool accumulate, gelu;
  float* y;
};

// scratch: int8_scratch() floats.
void multiply(const Engine& e, const Product& p, float* scratch) {
  const LffnKernels& k = *e.kernels;
  // Half a private cache of activations at a time.
  constexpr int64_t kBlockBytes = 256 << 10;
  const int64_t stride = stride_of(e, p.in), row_bytes = stride * k.dot_input_bytes;
  const int64_t tile = k.dot_rows, fit = std::max(tile, kBlockBytes / row_bytes / tile * tile);
  const int64_t together = together_of(p.rows);
  float* scales = scratch;
  char* quantised = reinterpret_cast<char*>(scratch + up(together, 16));
  for (int64_t first = 0; first < p.rows; first += together) {
    const int64_t n = std::min(together, p.rows - first);
    parallel_rows(e.threads, n, 16, [&](int64_t i, int64_t end, int) {
      k.quantise_rows(end - i, p.in, p.x + (first + i) * p.in, stride, quantised + i * row_bytes, scales + i);
    });
    const int64_t row_tasks = (n + fit - 1) / fit, block = up((n + row_tasks - 1) / row_tasks, tile);
    // Columns are split too: small tasks, lest one thread has none while another is in the midst of its last.
    const int64_t panels = columns(e, p.out) / k.dot_panel;
    const int64_t wanted = e.threads > 1 ? (16 * e.threads + row_tasks - 1) / row_tasks : 1;
    const int64_t column_tasks = std::max<int64_t>(1, std::min(wanted, panels / 4));
    const int64_t width = (panels + column_tasks - 1) / column_tasks * k.dot_panel;
    parallel(e.threads, row_tasks * column_tasks, [&](int64_t task, int) {
      const int64_t i = task / column_tasks * block, j = task % column_tasks * width;
      if (i >= n || j >= p.out) return;
      LffnInt8Block g;
      g.m = std::min(block, n - i);
      g.n = std::min(width, p.out - j);
      g.k = p.in;
      g.a = quantised + i * row_bytes;
      g.a_row = stride;
      g.a_scales = scales + i;
      g.b = p.weights.panels + j * depth(e, p.in);
      g.b_scales = p.weights.scales + j;
      g.starts = p.weights.starts + j;
      g.bias = p.bias ? p.bias + j : nullptr;
      g.accumulate = p.accumulate;
      g.gelu = p.gelu;
      g.c = p.y + (first + i) * p.out + j;
      g.ldc = p.out;
      k.int8_block(&g);
    });
  }
}

}  // namespace

int64_t int8_floats(const Engine& e, int64_t in, int64_t out) {
  return panel_floats(e, in, out) + 2 * up(columns(e, out), 16);
}

Int8Weights int8_parts(const Engine& e, int64_t in, int64_t out, float* memory) {
  float* scales = memory + panel_floats(e, in, out);
  return {reinterpret_cast<int8_t*>(memory), scales, reinterpret_cast<int32_t*>(scales + up(columns(e, out), 16))};
}

void pack_int8(const Engine& e, int64_t in, int64_t out, const float* weight, const Int8Weights& w) {
  const int64_t panel = e.kernels->dot_panel;
  std::memset(w.panels, 0, int8_floats(e, in, out) * sizeof(float));
  parallel_rows(e.threads, columns(e, out), panel, [&](int64_t first, int64_t end, int) {
    int8_t* to = w.panels + first * depth(e, in);
    for (int64_t o = first; o < std::min(end, out); o++) {
      pack_output(e, in, weight + o * in, o - first, to, w.scales + o, w.starts + o);
    }
  });
}

int64_t int8_scratch(const Engine& e, int64_t rows, int64_t in) {
  const int64_t together = together_of(rows);
  return up(together, 16) + (together * stride_of(e, in) * e.kernels->dot_input_bytes + 3) / 4;
}

bool int8_linear(const Engine& e, int64_t rows, int64_t in, int64_t out, const float* x, const Int8Weights& w,
                 const float* bias, bool gelu, float* y) {
  float* scratch;
  if (!workspace({{&scratch, int8_scratch(e, rows, in)}})) return false;
  multiply(e, {rows, in, out, x, w, bias, false, gelu, y}, scratch);
  return true;
}

void int8_linear_add(const Engine& e, int64_t rows, int64_t in, int64_t out, const float* x, const Int8Weights& w,
                     float* y, float* scratch) {
  multiply(e, {rows, in, out, x, w, nullptr, true, false, y}, scratch);
}

}  // namespace lffn
