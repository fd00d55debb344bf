import { add, lt, madd, max, mul, powerOfTwo, select, splat, sub, V } from '../lanes';

const LOG2E: f32 = 1.44269504;
// ln 2 in two parts whose first has trailing zero bits, so that k * LN2_HIGH is exact (Cody and Waite, Software Manual
// for the Elementary Functions, 1980, ch. 6).
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440e-4;
// Adding 1.5 * 2^23 rounds to a whole number and leaves it in the low bits of the float.
const ROUND: f32 = 12582912.0;
/** Below this e^x is under the smallest normal float: 0. */
const LOWEST: f32 = -87.3;

/**
 * e^x for x <= 0 (all that softmax, sigmoid of a magnitude and erfc need), NaN for NaN. With x = k ln 2 + r,
 * |r| <= ln(2)/2: e^r = 1 + r + r^2 q(r), q of degree 4 by Chebyshev interpolation of (e^r - 1 - r)/r^2 (error 8e-9),
 * so about one unit in the last place after rounding.
 */
@inline
export function expNonPositive(x: V): V {
  const clamped = max(x, splat(LOWEST));
  const biased = madd(clamped, splat(LOG2E), splat(ROUND));
  const k = sub(biased, splat(ROUND));
  const r = madd(k, splat(-LN2_LOW), madd(k, splat(-LN2_HIGH), clamped));
  let q = madd(splat(1.39261835877e-3), r, splat(8.36317905272e-3));
  q = madd(q, r, splat(4.16665546172e-2));
  q = madd(q, r, splat(1.66665769897e-1));
  q = madd(q, r, splat(0.5));
  const p = add(madd(q, mul(r, r), r), splat(1));
  return select(lt(x, splat(LOWEST)), splat(0), mul(p, powerOfTwo(biased)));
}
