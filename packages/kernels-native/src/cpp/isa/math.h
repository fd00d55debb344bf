// Vector exp, log1p and the normal tail, to about an ulp of float32.
#pragma once

namespace {

// exp(x) for x from -87.3 to 88; clamps below and above, NaN goes through. x = n ln2 + r with |r| <= ln2/2 and n by the
// round-to-even of adding 1.5 * 2^23; the Taylor series to r^7 leaves r^8/8! = 5e-9, a tenth of an ulp. ln2 is split
// in two (Cody and Waite, Software Manual for the Elementary Functions, 1980) so that r is exact.
LFFN_INLINE V vexp(V x) {
  x = vmin(vset(88.0f), vmax(vset(-87.3f), x));
  const V magic = vset(12582912.0f);
  V t = vfma(x, vset(1.44269504088896341f), magic);
  V n = vsub(t, magic);
  V r = vfnma(n, vset(0.693145751953125f), x);
  r = vfnma(n, vset(1.42860682030941723e-6f), r);
  V p = vset(1.0f / 5040);
  p = vfma(p, r, vset(1.0f / 720));
  p = vfma(p, r, vset(1.0f / 120));
  p = vfma(p, r, vset(1.0f / 24));
  p = vfma(p, r, vset(1.0f / 6));
  p = vfma(p, r, vset(0.5f));
  p = vfma(p, r, vset(1.0f));
  p = vfma(p, r, vset(1.0f));
  return vmul(p, vpow2_magic(t));
}

// log(1 + u) for u in [0, 1]: 2 atanh(s) with s = u / (2 + u) <= 1/3, whose series falls by 9 a term.
LFFN_INLINE V vlog1p(V u) {
  V s = vdiv(u, vadd(u, vset(2.0f)));
  V q = vmul(s, s);
  V p = vset(2.0f / 17);
  p = vfma(p, q, vset(2.0f / 15));
  p = vfma(p, q, vset(2.0f / 13));
  p = vfma(p, q, vset(2.0f / 11));
  p = vfma(p, q, vset(2.0f / 9));
  p = vfma(p, q, vset(2.0f / 7));
  p = vfma(p, q, vset(2.0f / 5));
  p = vfma(p, q, vset(2.0f / 3));
  p = vfma(p, q, vset(2.0f));
  return vmul(p, s);
}

// Phi(-a) for a >= 0, with phi_scaled = exp(-a^2/2): relative error 2.4e-7. The polynomial in t = 1/(1 + 0.35 a) is made
// by scripts/fit-normal-tail.mjs 0.35 8.
LFFN_INLINE V vnormal_tail(V a, V phi_scaled) {
  V t = vdiv(vset(1.0f), vfma(vset(0.35f), a, vset(1.0f)));
  V p = vset(-0.0296795182f);
  p = vfma(p, t, vset(0.146545812f));
  p = vfma(p, t, vset(-0.260961205f));
  p = vfma(p, t, vset(0.165050954f));
  p = vfma(p, t, vset(-0.0270465743f));
  p = vfma(p, t, vset(0.107114576f));
  p = vfma(p, t, vset(0.119444922f));
  p = vfma(p, t, vset(0.139912292f));
  p = vfma(p, t, vset(0.139618710f));
  return vmul(vmul(p, t), phi_scaled);
}

// Phi(x), the normal distribution function, and exp(-x^2/2) beside it.
LFFN_INLINE V vnormal(V x, V* phi_scaled) {
  V a = vabs(x);
  *phi_scaled = vexp(vmul(vmul(vset(-0.5f), x), x));
  V tail = vnormal_tail(a, *phi_scaled);
  return vselect(vgt(x, vzero()), vsub(vset(1.0f), tail), tail);
}

}  // namespace
