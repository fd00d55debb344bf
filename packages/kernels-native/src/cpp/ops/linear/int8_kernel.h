// The product with int8 weights: y = sum over k of q[r, k] w[o, k], exact in int32, times a scale a row of activations and
// a scale an output. Weights lie in panels of kDotPanel outputs, [k / kDotDepth][kDotPanel][kDotDepth].
#pragma once

namespace {

constexpr int kDotPanel = kDotVecs * kW;

// rows of x [rows, k] to activations `stride` elements apart, zero from k on, and the scale that undoes the rounding. A
// row that is not all finite gets the scale NaN: its outputs are NaN, whatever it held.
void quantise_rows(lffn_int rows, lffn_int k, const float* x, lffn_int stride, void* to, float* scales) {
  // What a sum of k products of a weight (at most 127) and an activation may reach without leaving int32.
  const lffn_int room = 0x7fffffff / (127 * k);
  const float levels = static_cast<float>(min_int(kDotLevels, room));
  for (lffn_int r = 0; r < rows; r++) {
    const float* from = x + r * k;
    DotInput* row = static_cast<DotInput*>(to) + r * stride;
    float inverse = 1.0f;
    scales[r] = 1.0f;
    if (kDotLevels > 0) {
      V most = vzero(), poison = vzero();
      over_lanes(k, [&](lffn_int j, int lanes) {
        const V value = load_lanes(from + j, lanes);
        most = vmax(most, vabs(value));
        poison = vfma(value, vzero(), poison);
      });
      const float largest = vhmax(most);
      inverse = levels / largest;
      scales[r] = largest / levels + vsum(poison);
      // All zero, or so small that the inverse overflows, or not finite: nothing but the scale is left to say.
      if (!(inverse < 1e38f) || !(inverse > 0.0f) || scales[r] != scales[r]) {
        if (scales[r] == scales[r]) scales[r] = 0.0f;
        inverse = 0.0f;
      }
    }
    const V factor = vset(inverse);
    over_lanes(k, [&](lffn_int j, int lanes) {
      V value = load_lanes(from + j, lanes);
      if (kDotLevels > 0) value = inverse > 0.0f ? vmul(value, factor) : vzero();
      dot_store(row + j, value);
    });
    for (lffn_int j = round_up(k, kW); j < stride; j += kW) dot_store(row + j, vzero());
  }
}

template <int R, bool Gelu>
void int8_tile(const LffnInt8Block* g, lffn_int i, lffn_int j) {
  const lffn_int steps = (g->k + kDotDepth - 1) / kDotDepth;
  const DotInput* a = static_cast<const DotInput*>(g->a) + i * g->a_row;
  const int8_t* b = g->b + j * steps * kDotDepth;
  D acc[R][kDotVecs];
  LFFN_UNROLL for (int r = 0; r < R; r++) {
    LFFN_UNROLL for (int v = 0; v < kDotVecs; v++) acc[r][v] = dot_start(g->starts + j + v * kW);
  }
  for (lffn_int s = 0; s < steps; s++) {
    D weights[kDotVecs];
    LFFN_UNROLL for (int v = 0; v < kDotVecs; v++) weights[v] = dot_weights(b + v * kW * kDotDepth);
    LFFN_UNROLL for (int r = 0; r < R; r++) {
      const D input = dot_input(a + r * g->a_row);
      LFFN_UNROLL for (int v = 0; v < kDotVecs; v++) acc[r][v] = dot_add(acc[r][v], input, weights[v]);
    }
    a += kDotDepth;
    b += kDotPanel * kDotDepth;
  }
  LFFN_UNROLL for (int v = 0; v < kDotVecs; v++) {
    const lffn_int column = j + v * kW, left = g->n - column;
    if (left <= 0) break;
    const V scale = vload(g->b_scales + column);
    V bias = vzero();
    if (g->bias) bias = left >= kW ? vload(g->bias + column) : vload_n(g->bias + column, static_cast<int>(left));
    LFFN_UNROLL for (int r = 0; r < R; r++) {
      const V y = vfma(vmul(dot_float(acc[r][v]), vset(g->a_scales[i + r])), scale, bias);
      store_columns(g->c + (i + r) * g->ldc + column, Gelu ? gelu_of(y) : y, left, !Gelu && g->accumulate);
    }
  }
}

template <int R, bool Gelu>
LFFN_INLINE void int8_tile_rows(lffn_int rows, const LffnInt8Block* g, lffn_int i, lffn_int j) {
  if constexpr (R == 1) {
    int8_tile<1, Gelu>(g, i, j);
  } else if (rows == R) {
    int8_tile<R, Gelu>(g, i, j);
  } else {
    int8_tile_rows<R - 1, Gelu>(rows, g, i, j);
  }
}

template <bool Gelu>
void int8_panels(const LffnInt8Block* g) {
  for (lffn_int j = 0; j < g->n; j += kDotPanel) {
    for (lffn_int i = 0; i < g->m; i += kDotRows) {
      int8_tile_rows<kDotRows, Gelu>(min_int(kDotRows, g->m - i), g, i, j);
    }
  }
}

void int8_block(const LffnInt8Block* g) { g->gelu ? int8_panels<true>(g) : int8_panels<false>(g); }

}  // namespace
