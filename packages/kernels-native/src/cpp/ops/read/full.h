// The full read (conventions 6): every cell of a table, weight l_i p_i with l_i = sum_j z_j S_ij and
// p_i = prod_j sigma(2 z_j S_ij). A table at a time: its 2^bits cells are work enough.
#pragma once

namespace {

// One table's coordinates and exp(-2 |z_j|).
struct OneTable {
  int bits;
  float z[kMaxBits], e[kMaxBits];
};

LFFN_INLINE OneTable one_table(const LffnRead* p, const float* z) {
  OneTable t;
  t.bits = static_cast<int>(p->bits);
  float exponents[kMaxBits + kW] = {};
  for (int j = 0; j < t.bits; j++) {
    t.z[j] = z[j];
    exponents[j] = -2.0f * abs_one(z[j]);
  }
  for (int j = 0; j < t.bits; j += kW) vstore(exponents + j, vexp(vload(exponents + j)));
  for (int j = 0; j < t.bits; j++) t.e[j] = exponents[j];
  return t;
}

// sigma(2 z) and sigma(-2 z) from e = exp(-2|z|).
LFFN_INLINE void sides(float z, float e, float* plus, float* minus) {
  const float near = 1.0f / (1.0f + e), far = e / (1.0f + e);
  *plus = z > 0.0f ? near : far;
  *minus = z > 0.0f ? far : near;
}

// p_i and l_i of every cell, by doubling: most significant coordinate first.
LFFN_INLINE void all_cells(const OneTable& t, float* probability, float* margin) {
  probability[0] = 1.0f;
  margin[0] = 0.0f;
  for (lffn_int j = 0, n = 1; j < t.bits; j++, n *= 2) {
    float plus, minus;
    sides(t.z[j], t.e[j], &plus, &minus);
    for (lffn_int i = n - 1; i >= 0; i--) {
      const float p = probability[i], m = margin[i];
      probability[2 * i + 1] = p * plus;
      margin[2 * i + 1] = m + t.z[j];
      probability[2 * i] = p * minus;
      margin[2 * i] = m - t.z[j];
    }
  }
}

void read_full(const OneTable& t, int32_t* cells, float* weights, float* scratch) {
  const lffn_int n = static_cast<lffn_int>(1) << t.bits;
  all_cells(t, weights, scratch);
  for (lffn_int i = 0; i < n; i++) {
    cells[i] = static_cast<int32_t>(i);
    weights[i] *= scratch[i];
  }
}

// dw_i/dz_j = S_ij p_i + l_i p_i 2 S_ij sigma(-2 z_j S_ij).
void read_full_backward(const OneTable& t, const float* dweights, float* dz, float* scratch) {
  const lffn_int n = static_cast<lffn_int>(1) << t.bits;
  float *direct = scratch, *through = scratch + n;
  all_cells(t, direct, through);
  for (lffn_int i = 0; i < n; i++) {
    direct[i] *= dweights[i];
    through[i] *= direct[i];
  }
  // Least significant coordinate first: each level folds pairs of cells, so a coordinate's sums cost what is left.
  for (lffn_int j = t.bits - 1, left = n; j >= 0; j--, left /= 2) {
    float direct_off = 0.0f, direct_on = 0.0f, through_off = 0.0f, through_on = 0.0f;
    for (lffn_int i = 0; i < left / 2; i++) {
      direct_off += direct[2 * i];
      direct_on += direct[2 * i + 1];
      through_off += through[2 * i];
      through_on += through[2 * i + 1];
      direct[i] = direct[2 * i] + direct[2 * i + 1];
      through[i] = through[2 * i] + through[2 * i + 1];
    }
    float plus, minus;
    sides(t.z[j], t.e[j], &plus, &minus);
    dz[j] += direct_on - direct_off + 2.0f * (through_on * minus - through_off * plus);
  }
}

}  // namespace
