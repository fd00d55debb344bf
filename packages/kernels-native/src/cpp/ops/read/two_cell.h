// The two-cell read (conventions 6): the score is shared with the cell across the nearest boundary, with weight
// v = sigma(-2 m / temperature) for the smallest margin m, so the output is continuous where a bit flips.
#pragma once

namespace {

struct TwoCell {
  V margin;   // m
  V flip;     // value of the bit that flips, as a float, signed: what to add to the code
  V which;    // its coordinate
  V s, v;
};

LFFN_INLINE TwoCell two_cell_of(const Tables& t, V temperature) {
  TwoCell c;
  c.margin = t.a[0];
  c.which = vzero();
  V sign = t.sign[0];
  V bit = vset(static_cast<float>(1 << (t.bits - 1)));
  for (int j = 1; j < t.bits; j++) {
    const M nearer = vgt(c.margin, t.a[j]);
    c.margin = vselect(nearer, t.a[j], c.margin);
    c.which = vselect(nearer, vset(static_cast<float>(j)), c.which);
    sign = vselect(nearer, t.sign[j], sign);
    bit = vselect(nearer, vset(static_cast<float>(1 << (t.bits - 1 - j))), bit);
  }
  c.flip = vselect(vgt(sign, vzero()), vsub(vzero(), bit), bit);
  c.s = score_of(t);
  const V e = vexp(vdiv(vmul(vset(-2.0f), c.margin), temperature));
  c.v = vdiv(e, vadd(vset(1.0f), e));
  return c;
}

LFFN_INLINE void read_two_cell(const Tables& t, V temperature, int32_t* cells, float* weights) {
  const TwoCell c = two_cell_of(t, temperature);
  float codes[kW], others[kW], near[kW], far[kW];
  const V code = codes_of(t);
  vstore(codes, code);
  vstore(others, vadd(code, c.flip));
  vstore(near, vmul(c.s, vsub(vset(1.0f), c.v)));
  vstore(far, vmul(c.s, c.v));
  for (int l = 0; l < t.lanes; l++) {
    cells[2 * l] = static_cast<int32_t>(codes[l]);
    cells[2 * l + 1] = static_cast<int32_t>(others[l]);
    weights[2 * l] = near[l];
    weights[2 * l + 1] = far[l];
  }
}

LFFN_INLINE void read_two_cell_backward(const Tables& t, V temperature, const float* dweights,
                                        const ReadGradients& to) {
  const TwoCell c = two_cell_of(t, temperature);
  float near[kW] = {}, far[kW] = {};
  for (int l = 0; l < t.lanes; l++) {
    near[l] = dweights[2 * l];
    far[l] = dweights[2 * l + 1];
  }
  const V dnear = vload(near), dfar = vload(far), one = vset(1.0f);
  V dz[kMaxBits];
  score_backward(t, vfma(dfar, c.v, vmul(dnear, vsub(one, c.v))), dz, to);
  // dL/dx for v = sigma(-x), x = 2 m / temperature, is -s (dfar - dnear) v (1 - v).
  const V dx = vmul(vmul(c.s, vsub(dnear, dfar)), vmul(c.v, vsub(one, c.v)));
  const V dmargin = vdiv(vmul(vset(2.0f), dx), temperature);
  if (to.dz) {
    for (int j = 0; j < t.bits; j++) {
      const V here = vabs(vsub(c.which, vset(static_cast<float>(j))));
      dz[j] = vselect(vgt(vset(0.5f), here), vfma(t.sign[j], dmargin, dz[j]), dz[j]);
    }
    add_to_tables(t, dz, to.dz);
  }
  if (to.dtemperature) add_lanes(t, vsub(vzero(), vdiv(vmul(dmargin, c.margin), temperature)), to.dtemperature);
}

}  // namespace
