// A vector's worth of tables at a time: lane l holds table k0 + l, coordinate j of all of them is one vector. So the
// code, the score and their gradients are vertical for any number of bits, and exponentials fill whole vectors.
#pragma once

namespace {

constexpr int kMaxBits = 20;

struct Tables {
  int bits;
  int lanes;  // tables in this group, at most kW
  V a[kMaxBits];     // |z_j|
  V e[kMaxBits];     // exp(-beta |z_j|)
  V sign[kMaxBits];  // of z_j: 1, -1, or 0
  V beta, gamma;
  bool general;  // gamma is not 1 everywhere
};

LFFN_INLINE V lanes_of(const float* p, int n) { return n == kW ? vload(p) : vload_n(p, n); }

// The tables from k0 on of one row of z.
LFFN_INLINE void load_tables(const LffnRead* p, lffn_int k0, const float* z, Tables& t) {
  const int bits = static_cast<int>(p->bits);
  t.bits = bits;
  t.lanes = static_cast<int>(min_int(kW, p->tables - k0));
  float across[kMaxBits * kW];
  const float* from = z + k0 * bits;
  if (bits == kW && t.lanes == kW) {
    V square[kW];
    LFFN_UNROLL for (int l = 0; l < kW; l++) square[l] = vload(from + l * kW);
    vtranspose(square);
    LFFN_UNROLL for (int l = 0; l < kW; l++) vstore(across + l * kW, square[l]);
  } else {
    for (int l = 0; l < t.lanes; l++) {
      for (int j = 0; j < bits; j++) across[j * kW + l] = from[l * bits + j];
    }
    for (int l = t.lanes; l < kW; l++) {
      for (int j = 0; j < bits; j++) across[j * kW + l] = 0.0f;
    }
  }
  t.beta = p->beta ? lanes_of(p->beta + k0, t.lanes) : vset(2.0f);
  t.gamma = p->gamma ? lanes_of(p->gamma + k0, t.lanes) : vset(1.0f);
  t.general = p->gamma != nullptr;
  const V zero = vzero(), one = vset(1.0f), falling = vsub(zero, t.beta);
  for (int j = 0; j < bits; j++) {
    const V value = vload(across + j * kW);
    t.a[j] = vabs(value);
    t.e[j] = vexp(vmul(falling, t.a[j]));
    t.sign[j] = vselect(vgt(value, zero), one, vselect(vgt(zero, value), vset(-1.0f), zero));
  }
}

// Lane l of the gradient of coordinate j is added to dz[(k0 + l) * bits + j].
LFFN_INLINE void add_to_tables(const Tables& t, const V* gradient, float* dz) {
  float across[kMaxBits * kW];
  for (int j = 0; j < t.bits; j++) vstore(across + j * kW, gradient[j]);
  for (int l = 0; l < t.lanes; l++) {
    for (int j = 0; j < t.bits; j++) dz[l * t.bits + j] += across[j * kW + l];
  }
}

// Codes as floats: exact, for they are below 2^20. The first coordinate is the most significant bit (conventions 4).
LFFN_INLINE V codes_of(const Tables& t) {
  const V two = vset(2.0f), one = vset(1.0f);
  V code = vzero();
  for (int j = 0; j < t.bits; j++) code = vfma(two, code, vselect(vgt(t.sign[j], vzero()), one, vzero()));
  return code;
}

// A = sum |z_j|.
LFFN_INLINE V margin_sum(const Tables& t) {
  V sum = vzero();
  for (int j = 0; j < t.bits; j++) sum = vadd(sum, t.a[j]);
  return sum;
}

LFFN_INLINE V log_sum(const Tables& t) {
  V sum = vzero();
  for (int j = 0; j < t.bits; j++) sum = vadd(sum, vlog1p(t.e[j]));
  return sum;
}

LFFN_INLINE V product_of(const Tables& t) {
  const V one = vset(1.0f);
  V product = one;
  for (int j = 0; j < t.bits; j++) product = vmul(product, vadd(one, t.e[j]));
  return product;
}

// (prod_j sigma(beta |z_j|))^gamma.
LFFN_INLINE V decay_of(const Tables& t) {
  if (t.general) return vexp(vmul(vsub(vzero(), t.gamma), log_sum(t)));
  return vdiv(vset(1.0f), product_of(t));
}

// sigma(-beta |z_j|).
LFFN_INLINE V far_side(const Tables& t, int j) { return vdiv(t.e[j], vadd(vset(1.0f), t.e[j])); }

// Adds the lanes of a gradient to one number a table.
LFFN_INLINE void add_lanes(const Tables& t, V gradient, double* to) {
  float lanes[kW];
  vstore(lanes, gradient);
  for (int l = 0; l < t.lanes; l++) to[l] += lanes[l];
}

}  // namespace
