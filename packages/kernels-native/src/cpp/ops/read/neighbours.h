// The neighbours read (conventions 6): the code's cell and the cells one bit away, with the exact denominator
// Z = prod_j (1 + e_j). It has no learned parameters: e_j = exp(-2 |z_j|).
#pragma once

namespace {

LFFN_INLINE void read_neighbours(const Tables& t, int32_t* cells, float* weights) {
  const V sum = margin_sum(t), inverse = vdiv(vset(1.0f), product_of(t)), two = vset(2.0f);
  const int count = t.bits + 1;
  float codes[kW], lanes[kW];
  vstore(codes, codes_of(t));
  vstore(lanes, vmul(sum, inverse));
  for (int l = 0; l < t.lanes; l++) {
    cells[l * count] = static_cast<int32_t>(codes[l]);
    weights[l * count] = lanes[l];
  }
  for (int j = 0; j < t.bits; j++) {
    vstore(lanes, vmul(vmul(vfnma(two, t.a[j], sum), t.e[j]), inverse));
    for (int l = 0; l < t.lanes; l++) {
      cells[l * count + j + 1] = cells[l * count] ^ (1 << (t.bits - 1 - j));
      weights[l * count + j + 1] = lanes[l];
    }
  }
}

// f = (g_0 A + sum_j g_j (A - 2 a_j) e_j) / Z with a = |z|:
// df/da_i = (g_0 + sum_j g_j e_j - 2 g_i e_i (1 + A - 2 a_i)) / Z + 2 f e_i / (1 + e_i).
LFFN_INLINE void read_neighbours_backward(const Tables& t, const float* dweights, const ReadGradients& to) {
  if (!to.dz) return;
  const int count = t.bits + 1;
  float across[(kMaxBits + 1) * kW] = {};
  for (int l = 0; l < t.lanes; l++) {
    for (int j = 0; j < count; j++) across[j * kW + l] = dweights[l * count + j];
  }
  const V one = vset(1.0f), two = vset(2.0f);
  const V sum = margin_sum(t), inverse = vdiv(one, product_of(t));
  V direct = vload(across), f = vmul(direct, sum);
  for (int j = 0; j < t.bits; j++) {
    const V through = vmul(vload(across + (j + 1) * kW), t.e[j]);
    direct = vadd(direct, through);
    f = vfma(through, vfnma(two, t.a[j], sum), f);
  }
  f = vmul(vmul(f, inverse), two);
  V dz[kMaxBits];
  for (int j = 0; j < t.bits; j++) {
    const V through = vmul(vload(across + (j + 1) * kW), t.e[j]);
    const V own = vmul(vmul(two, through), vadd(one, vfnma(two, t.a[j], sum)));
    dz[j] = vmul(t.sign[j], vfma(f, far_side(t, j), vmul(vsub(direct, own), inverse)));
  }
  add_to_tables(t, dz, to.dz);
}

}  // namespace
