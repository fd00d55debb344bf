// Softmax of rows, and what cross-entropy needs of a row: its maximum and the sum of exp(x - maximum).
#pragma once

namespace {

LFFN_INLINE float row_max(const float* x, lffn_int n) {
  V most = vset(-infinity_one());
  lffn_int j = 0;
  for (; j + kW <= n; j += kW) most = vmax(most, vload(x + j));
  float result = vhmax(most);
  for (; j < n; j++) result = result > x[j] ? result : x[j];
  return result;
}

// y = exp(scale x - shift); returns the sum, lane by lane and then across. y may be x, or null.
LFFN_INLINE float exp_row(const float* x, lffn_int n, float shift, float* y) {
  const V offset = vset(shift);
  V sum = vzero();
  lffn_int j = 0;
  for (; j + kW <= n; j += kW) {
    V e = vexp(vsub(vload(x + j), offset));
    if (y) vstore(y + j, e);
    sum = vadd(sum, e);
  }
  float total = vsum(sum);
  if (j < n) {
    float lanes[kW];
    const int some = static_cast<int>(n - j);
    vstore(lanes, vexp(vsub(vload_n(x + j, some), offset)));
    for (int i = 0; i < some; i++) {
      total += lanes[i];
      if (y) y[j + i] = lanes[i];
    }
  }
  return total;
}

LFFN_INLINE void softmax_row(const float* x, lffn_int n, float* y) {
  const float total = exp_row(x, n, row_max(x, n), y);
  const V scale = vset(1.0f / total);
  over_lanes(n, [&](lffn_int j, int lanes) { store_lanes(y + j, vmul(load_lanes(y + j, lanes), scale), lanes); });
}

void softmax(lffn_int rows, lffn_int n, const float* x, float* y) {
  for (lffn_int r = 0; r < rows; r++) softmax_row(x + r * n, n, y + r * n);
}

// dx += y (dy - <dy, y>)
void softmax_backward(lffn_int rows, lffn_int n, const float* y, const float* dy, float* dx) {
  for (lffn_int r = 0; r < rows; r++) {
    const float *p = y + r * n, *d = dy + r * n;
    float* to = dx + r * n;
    V sum = vzero();
    over_lanes(n, [&](lffn_int j, int lanes) { sum = vfma(load_lanes(p + j, lanes), load_lanes(d + j, lanes), sum); });
    const V dot = vset(vsum(sum));
    over_lanes(n, [&](lffn_int j, int lanes) {
      V change = vsub(load_lanes(d + j, lanes), dot);
      store_lanes(to + j, vfma(load_lanes(p + j, lanes), change, load_lanes(to + j, lanes)), lanes);
    });
  }
}

void log_sum_exp(lffn_int n, const float* x, float* maximum, float* sum) {
  *maximum = row_max(x, n);
  *sum = exp_row(x, n, *maximum, nullptr);
}

// dx += scale exp(x - maximum): the softmax part of the gradient; the target's own -1 is the caller's.
void cross_entropy_backward(lffn_int n, const float* x, float maximum, float scale, float* dx) {
  const V offset = vset(maximum), by = vset(scale);
  over_lanes(n, [&](lffn_int j, int lanes) {
    V e = vexp(vsub(load_lanes(x + j, lanes), offset));
    store_lanes(dx + j, vfma(e, by, load_lanes(dx + j, lanes)), lanes);
  });
}

}  // namespace
