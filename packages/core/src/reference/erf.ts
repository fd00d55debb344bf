// Abramowitz and Stegun, Handbook of Mathematical Functions, chapter 7. Both forms have only positive terms, so neither
// cancels; the other way round each would lose the digits that make this an oracle.

/** `exp(-x^2)` as the product of an exact square's and a small rest's: rounding x^2 alone costs x^2 ulps. */
function expMinusSquare(x: number): number {
  const head = Math.fround(x);
  return Math.exp(-head * head) * Math.exp((head - x) * (head + x));
}

/**
 * `erf(x) = 2/sqrt(pi) exp(-x^2) sum_n 2^n x^(2n+1) / (1*3*...*(2n+1))`, formula 7.1.6; for |x| up to about 2.
 */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * expMinusSquare(x) * sum;
}

/**
 * `erfc(x) = exp(-x^2)/sqrt(pi) * 1/(x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ...))))`, formula 7.1.14, x >= 1; from the
 * inside out, with as many levels as the nearest argument needs for 1e-16.
 */
function erfcFraction(x: number): number {
  let tail = 0;
  for (let n = Math.ceil(20 + 180 / (x * x)); n >= 1; n--) tail = n / 2 / (x + tail);
  return expMinusSquare(x) / Math.sqrt(Math.PI) / (x + tail);
}

/** Error function, relative error about 1e-15. */
export function erf(x: number): number {
  return Math.abs(x) < 2 || Number.isNaN(x) ? erfSeries(x) : Math.sign(x) * (1 - erfc(Math.abs(x)));
}

/** `1 - erf(x)`, relative error about 2e-15 in its right tail down to where it underflows (x about 27). */
export function erfc(x: number): number {
  // Written so that NaN takes the series, which returns it.
  if (!(x >= 1)) return 1 - erf(x);
  return x < 28 ? erfcFraction(x) : 0;
}
