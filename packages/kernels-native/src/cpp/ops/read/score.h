// The score s = A (prod_j sigma(beta |z_j|))^gamma (conventions 5 and 6) and the single read, which is code and score.
#pragma once

namespace {

// Where the gradients of a group of tables go; null where they are not wanted.
struct ReadGradients {
  float* dz;
  double *dtemperature, *dbeta, *dgamma;
};

LFFN_INLINE V score_of(const Tables& t) { return vmul(margin_sum(t), decay_of(t)); }

// ds/d|z_j| = decay + s gamma beta sigma(-beta |z_j|). `dz` is overwritten; the learned parameters' are added to.
LFFN_INLINE void score_backward(const Tables& t, V ds, V* dz, const ReadGradients& to) {
  const V decay = decay_of(t), s = vmul(margin_sum(t), decay);
  const V steep = vmul(s, vmul(t.gamma, t.beta));
  V slope = vzero();
  for (int j = 0; j < t.bits; j++) {
    const V far = far_side(t, j);
    dz[j] = vmul(vmul(t.sign[j], ds), vfma(steep, far, decay));
    slope = vfma(t.a[j], far, slope);
  }
  if (to.dbeta) add_lanes(t, vmul(vmul(ds, s), vmul(t.gamma, slope)), to.dbeta);
  if (to.dgamma) add_lanes(t, vsub(vzero(), vmul(vmul(ds, s), log_sum(t))), to.dgamma);
}

LFFN_INLINE void read_single(const Tables& t, int32_t* cells, float* weights) {
  float codes[kW], scores[kW];
  vstore(codes, codes_of(t));
  vstore(scores, score_of(t));
  for (int l = 0; l < t.lanes; l++) {
    cells[l] = static_cast<int32_t>(codes[l]);
    weights[l] = scores[l];
  }
}

LFFN_INLINE void read_single_backward(const Tables& t, const float* dweights, const ReadGradients& to) {
  V dz[kMaxBits];
  score_backward(t, lanes_of(dweights, t.lanes), dz, to);
  if (to.dz) add_to_tables(t, dz, to.dz);
}

}  // namespace
