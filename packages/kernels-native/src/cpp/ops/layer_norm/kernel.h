// Layer normalisation of rows (Ba et al., arXiv 1607.06450): biased variance, two passes.
#pragma once

namespace {

struct Moments {
  float mean, scale;  // scale = 1 / sqrt(variance + epsilon)
};

LFFN_INLINE Moments moments(const float* x, lffn_int n, float epsilon) {
  V sum = vzero();
  over_lanes(n, [&](lffn_int j, int lanes) { sum = vadd(sum, load_lanes(x + j, lanes)); });
  const float mean = vsum(sum) / static_cast<float>(n);
  V squares = vzero();
  const V centre = vset(mean);
  lffn_int j = 0;
  for (; j + kW <= n; j += kW) {
    V d = vsub(vload(x + j), centre);
    squares = vfma(d, d, squares);
  }
  float variance = vsum(squares);
  for (; j < n; j++) variance += (x[j] - mean) * (x[j] - mean);
  variance /= static_cast<float>(n);
  return {mean, 1.0f / sqrt_one(variance + epsilon)};
}

void layer_norm(lffn_int rows, lffn_int n, float epsilon, const float* x, const float* weight, const float* bias,
                float* y) {
  for (lffn_int r = 0; r < rows; r++) {
    const float* from = x + r * n;
    float* to = y + r * n;
    const Moments m = moments(from, n, epsilon);
    const V mean = vset(m.mean), scale = vset(m.scale);
    over_lanes(n, [&](lffn_int j, int lanes) {
      V normal = vmul(vsub(load_lanes(from + j, lanes), mean), scale);
      store_lanes(to + j, vfma(normal, load_lanes(weight + j, lanes), load_lanes(bias + j, lanes)), lanes);
    });
  }
}

// With n = (x - mean) scale and g = dy weight: dx += scale (g - mean(g) - n mean(g n)); dweight += dy n; dbias += dy.
void layer_norm_backward(lffn_int rows, lffn_int n, float epsilon, const float* x, const float* weight, const float* dy,
                         float* dx, float* dweight, float* dbias) {
  for (lffn_int r = 0; r < rows; r++) {
    const float* from = x + r * n;
    const float* d = dy + r * n;
    const Moments m = moments(from, n, epsilon);
    const V mean = vset(m.mean), scale = vset(m.scale);
    V sum = vzero(), projected = vzero();
    over_lanes(n, [&](lffn_int j, int lanes) {
      V normal = vmul(vsub(load_lanes(from + j, lanes), mean), scale);
      V dv = load_lanes(d + j, lanes);
      V g = vmul(dv, load_lanes(weight + j, lanes));
      sum = vadd(sum, g);
      projected = vfma(g, normal, projected);
      if (dweight) store_lanes(dweight + j, vfma(dv, normal, load_lanes(dweight + j, lanes)), lanes);
      if (dbias) store_lanes(dbias + j, vadd(load_lanes(dbias + j, lanes), dv), lanes);
    });
    if (!dx) continue;
    float* to = dx + r * n;
    const V mean_g = vset(vsum(sum) / static_cast<float>(n));
    const V mean_gn = vset(vsum(projected) / static_cast<float>(n));
    over_lanes(n, [&](lffn_int j, int lanes) {
      V normal = vmul(vsub(load_lanes(from + j, lanes), mean), scale);
      V g = vmul(load_lanes(d + j, lanes), load_lanes(weight + j, lanes));
      V change = vfnma(normal, mean_gn, vsub(g, mean_g));
      store_lanes(to + j, vfma(change, scale, load_lanes(to + j, lanes)), lanes);
    });
  }
}

}  // namespace
