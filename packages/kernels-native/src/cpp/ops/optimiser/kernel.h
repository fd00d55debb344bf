// AdamW (Loshchilov and Hutter, arXiv 1711.05101), the gradient norm, and the cell-tv regulariser (conventions 6).
#pragma once

namespace {

void adamw(lffn_int size, const LffnAdamW* s, float* parameter, const float* gradient, float* m, float* v) {
  const V beta1 = vset(s->beta1), rest1 = vset(s->rest1);
  const V beta2 = vset(s->beta2), rest2 = vset(s->rest2);
  const V scale = vset(s->gradient_scale), epsilon = vset(s->epsilon);
  const V step = vset(s->step_size), correct = vset(s->v_scale), decay = vset(s->decay);
  over_lanes(size, [&](lffn_int i, int lanes) {
    V g = vmul(load_lanes(gradient + i, lanes), scale);
    V mean = vfma(rest1, g, vmul(beta1, load_lanes(m + i, lanes)));
    V square = vfma(vmul(rest2, g), g, vmul(beta2, load_lanes(v + i, lanes)));
    store_lanes(m + i, mean, lanes);
    store_lanes(v + i, square, lanes);
    V p = load_lanes(parameter + i, lanes);
    V change = vdiv(vmul(step, mean), vadd(vsqrt(vmul(square, correct)), epsilon));
    store_lanes(parameter + i, vsub(vfnma(decay, p, p), change), lanes);
  });
}

double sum_of_squares(lffn_int size, const float* x) {
  double lanes[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  lffn_int i = 0;
  for (; i + 8 <= size; i += 8) {
    for (int l = 0; l < 8; l++) {
      const double value = x[i + l];
      lanes[l] += value * value;
    }
  }
  for (int l = 0; i < size; i++, l++) lanes[l] += static_cast<double>(x[i]) * x[i];
  return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
}

// sum (a - b)^2; da += scale (a - b), db -= scale (a - b) when given.
double cell_difference(lffn_int size, const float* a, const float* b, float scale, float* da, float* db) {
  double lanes[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  lffn_int i = 0;
  for (; i + 8 <= size; i += 8) {
    for (int l = 0; l < 8; l++) {
      const double d = static_cast<double>(a[i + l]) - b[i + l];
      lanes[l] += d * d;
    }
  }
  for (int l = 0; i < size; i++, l++) {
    const double d = static_cast<double>(a[i]) - b[i];
    lanes[l] += d * d;
  }
  if (da) {
    const V by = vset(scale);
    over_lanes(size, [&](lffn_int j, int some) {
      V change = vmul(by, vsub(load_lanes(a + j, some), load_lanes(b + j, some)));
      store_lanes(da + j, vadd(load_lanes(da + j, some), change), some);
      store_lanes(db + j, vsub(load_lanes(db + j, some), change), some);
    });
  }
  return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
}

}  // namespace
