// GELU (exact: x Phi(x), Hendrycks and Gimpel, arXiv 1606.08415) and the sum of two arrays.
#pragma once

namespace {

LFFN_INLINE V gelu_of(V x) {
  V phi;
  return vmul(x, vnormal(x, &phi));
}

void gelu(lffn_int size, const float* x, float* y) {
  over_lanes(size, [&](lffn_int i, int lanes) { store_lanes(y + i, gelu_of(load_lanes(x + i, lanes)), lanes); });
}

// d(x Phi(x))/dx = Phi(x) + x exp(-x^2/2) / sqrt(2 pi)
void gelu_backward(lffn_int size, const float* x, const float* dy, float* dx) {
  const V density = vset(0.3989422804014327f);
  over_lanes(size, [&](lffn_int i, int lanes) {
    V value = load_lanes(x + i, lanes), bell;
    V slope = vnormal(value, &bell);
    slope = vfma(vmul(value, density), bell, slope);
    store_lanes(dx + i, vfma(load_lanes(dy + i, lanes), slope, load_lanes(dx + i, lanes)), lanes);
  });
}

void add(lffn_int size, const float* a, const float* b, float* y) {
  over_lanes(size, [&](lffn_int i, int lanes) {
    store_lanes(y + i, vadd(load_lanes(a + i, lanes), load_lanes(b + i, lanes)), lanes);
  });
}

}  // namespace
