/**
 * Natural logarithm of a positive normal float, in float64. With x = 2^k m, m in [sqrt(1/2), sqrt 2) and
 * s = (m-1)/(m+1): log m = 2 (s + s^3/3 + s^5/5 + ...), |s| < 0.172, so the first term left out is below 1e-12
 * (Abramowitz and Stegun 4.1.27).
 */
export function logPositive(x: f32): f64 {
  let bits = reinterpret<i32>(x);
  // Take sqrt(1/2) off first so that the exponent field counts from there.
  const k = (bits - 0x3f3504f3) >> 23;
  bits -= k << 23;
  const m = f64(reinterpret<f32>(bits));
  const s = (m - 1) / (m + 1);
  const s2 = s * s;
  let series = 1.0 / 13.0;
  series = series * s2 + 1.0 / 11.0;
  series = series * s2 + 1.0 / 9.0;
  series = series * s2 + 1.0 / 7.0;
  series = series * s2 + 1.0 / 5.0;
  series = series * s2 + 1.0 / 3.0;
  series = series * s2 + 1.0;
  return f64(k) * 0.6931471805599453 + 2 * s * series;
}
