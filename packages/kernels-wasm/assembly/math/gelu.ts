import { abs, add, div, gt, madd, mul, select, splat, sub, V } from '../lanes';
import { expNonPositive } from './exp';

/**
 * Exact GELU: x * Phi(x), Phi(-a) = erfc(a / sqrt 2) / 2. For z >= 0, erfc(z) = e^(-z^2) t p(t), t = 1/(1 + 0.4 z):
 * the form of Hastings (Abramowitz and Stegun 7.1.26) with p of degree 8 by Chebyshev interpolation on z in [0, 9.5],
 * relative error of erfc 9e-8, so that small values in the left tail are right too.
 */
@inline
export function geluOf(x: V): V {
  const z = mul(abs(x), splat(0.70710678));
  const t = div(splat(1), madd(z, splat(0.4), splat(1)));
  let p = madd(splat(0.0373838342952), t, splat(-0.121834664057));
  p = madd(p, t, splat(0.0465339112279));
  p = madd(p, t, splat(0.129888399592));
  p = madd(p, t, splat(0.0514787241033));
  p = madd(p, t, splat(0.205131155822));
  p = madd(p, t, splat(0.198966052735));
  p = madd(p, t, splat(0.226841088444));
  p = madd(p, t, splat(0.2256115327));
  const e = expNonPositive(mul(sub(splat(0), z), z));
  const below = mul(mul(splat(0.5), e), mul(t, p));
  return mul(x, select(gt(x, splat(0)), sub(splat(1), below), below));
}
