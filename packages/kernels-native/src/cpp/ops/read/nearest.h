// The two-cell, three-cell and four-cell reads (conventions 6 for the first): the score is shared with the cells across
// the nearest boundaries, by the softmax of -2 m / temperature over their margins m and 0 for the code's own cell.
#pragma once

namespace {

constexpr int kMostOthers = 3;  // cells beside the code's

struct Nearest {
  V margin[kMostOthers];  // m, rising
  V flip[kMostOthers];    // value of the bit that flips, as a float, signed: what to add to the code
  V which[kMostOthers];   // its coordinate
  V share[kMostOthers];   // of the score
  V own;                  // share of the code's cell
  V s;
};

template <int N>
LFFN_INLINE Nearest nearest_of(const Tables& t, V temperature) {
  Nearest c;
  V left[kMaxBits];  // margins, those found already out of reach
  const V* margins = t.a;
  const V half = vset(0.5f), far = vset(__builtin_inff());
  V sum = vset(1.0f);
  for (int i = 0; i < N; i++) {
    V margin = margins[0], which = vzero(), sign = t.sign[0];
    V bit = vset(static_cast<float>(1 << (t.bits - 1)));
    for (int j = 1; j < t.bits; j++) {
      const M nearer = vgt(margin, margins[j]);
      margin = vselect(nearer, margins[j], margin);
      which = vselect(nearer, vset(static_cast<float>(j)), which);
      sign = vselect(nearer, t.sign[j], sign);
      bit = vselect(nearer, vset(static_cast<float>(1 << (t.bits - 1 - j))), bit);
    }
    if (i + 1 < N) {
      for (int j = 0; j < t.bits; j++) {
        const V here = vabs(vsub(which, vset(static_cast<float>(j))));
        left[j] = vselect(vgt(half, here), far, margins[j]);
      }
      margins = left;
    }
    c.margin[i] = margin;
    c.which[i] = which;
    c.flip[i] = vselect(vgt(sign, vzero()), vsub(vzero(), bit), bit);
    c.share[i] = vexp(vdiv(vmul(vset(-2.0f), margin), temperature));
    sum = vadd(sum, c.share[i]);
  }
  c.own = vset(1.0f);
  for (int i = 0; i < N; i++) {
    c.share[i] = vdiv(c.share[i], sum);
    c.own = vsub(c.own, c.share[i]);
  }
  c.s = score_of(t);
  return c;
}

template <int N>
LFFN_INLINE void read_nearest_n(const Tables& t, V temperature, int32_t* cells, float* weights) {
  const Nearest c = nearest_of<N>(t, temperature);
  float cell[N + 1][kW], weight[N + 1][kW];
  const V code = codes_of(t);
  vstore(cell[0], code);
  vstore(weight[0], vmul(c.s, c.own));
  for (int i = 0; i < N; i++) {
    vstore(cell[i + 1], vadd(code, c.flip[i]));
    vstore(weight[i + 1], vmul(c.s, c.share[i]));
  }
  for (int l = 0; l < t.lanes; l++) {
    for (int i = 0; i <= N; i++) {
      cells[l * (N + 1) + i] = static_cast<int32_t>(cell[i][l]);
      weights[l * (N + 1) + i] = weight[i][l];
    }
  }
}

// For p = softmax(l), dL/dl_i = p_i (dL/dp_i - sum_k p_k dL/dp_k), and l_i = -2 m_i / temperature.
template <int N>
LFFN_INLINE void read_nearest_backward_n(const Tables& t, V temperature, const float* dweights,
                                         const ReadGradients& to) {
  const Nearest c = nearest_of<N>(t, temperature);
  float lanes[N + 1][kW] = {};
  for (int l = 0; l < t.lanes; l++) {
    for (int i = 0; i <= N; i++) lanes[i][l] = dweights[l * (N + 1) + i];
  }
  V dweight[N];
  V ds = vmul(vload(lanes[0]), c.own);
  for (int i = 0; i < N; i++) {
    dweight[i] = vload(lanes[i + 1]);
    ds = vfma(dweight[i], c.share[i], ds);
  }
  V dz[kMaxBits];
  score_backward(t, ds, dz, to);
  V dtemperature = vzero();
  for (int i = 0; i < N; i++) {
    const V dlogit = vmul(vmul(c.s, c.share[i]), vsub(dweight[i], ds));
    const V dmargin = vdiv(vmul(vset(-2.0f), dlogit), temperature);
    if (to.dz) {
      for (int j = 0; j < t.bits; j++) {
        const V here = vabs(vsub(c.which[i], vset(static_cast<float>(j))));
        dz[j] = vselect(vgt(vset(0.5f), here), vfma(t.sign[j], dmargin, dz[j]), dz[j]);
      }
    }
    dtemperature = vsub(dtemperature, vdiv(vmul(dmargin, c.margin[i]), temperature));
  }
  if (to.dz) add_to_tables(t, dz, to.dz);
  if (to.dtemperature) add_lanes(t, dtemperature, to.dtemperature);
}

LFFN_INLINE void read_nearest(int others, const Tables& t, V temperature, int32_t* cells, float* weights) {
  switch (others) {
    case 1: read_nearest_n<1>(t, temperature, cells, weights); break;
    case 2: read_nearest_n<2>(t, temperature, cells, weights); break;
    default: read_nearest_n<3>(t, temperature, cells, weights); break;
  }
}

LFFN_INLINE void read_nearest_backward(int others, const Tables& t, V temperature, const float* dweights,
                                       const ReadGradients& to) {
  switch (others) {
    case 1: read_nearest_backward_n<1>(t, temperature, dweights, to); break;
    case 2: read_nearest_backward_n<2>(t, temperature, dweights, to); break;
    default: read_nearest_backward_n<3>(t, temperature, dweights, to); break;
  }
}

}  // namespace
