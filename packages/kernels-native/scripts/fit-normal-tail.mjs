// Prints the polynomial of src/cpp/isa/math.h's normal tail and its largest relative error.
//
// The upper tail of the normal distribution is Phi(-a) = exp(-a^2/2) M(a), with Mills' ratio over sqrt(2 pi)
// M(a) = 1/sqrt(2 pi) * integral over s >= 0 of exp(-a s - s^2/2). With t = 1/(1 + c a), M(a)/t is smooth on (0, 1], so a
// Chebyshev interpolant in t converges fast.
const c = Number(process.argv[2] ?? 0.35);
const degree = Number(process.argv[3] ?? 9);

function mills(a) {
  // Simpson's rule; the integrand is below 1e-30 at s = 12.
  const steps = 24000;
  const h = 12 / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const s = i * h;
    sum += Math.exp(-a * s - (s * s) / 2) * (i === 0 || i === steps ? 1 : i % 2 ? 4 : 2);
  }
  return ((sum * h) / 3) * Math.SQRT1_2 * Math.sqrt(1 / Math.PI);
}

const largest = 14; // Phi(-14) is below float32
const tMin = 1 / (1 + c * largest);
const target = (t) => mills((1 / t - 1) / c) / t;

// Interpolate at Chebyshev nodes by solving the Vandermonde system in a centred variable.
const n = degree + 1;
const middle = (1 + tMin) / 2;
const half = (1 - tMin) / 2;
const nodes = Array.from(
  { length: n },
  (_, i) => middle + half * Math.cos(((2 * i + 1) * Math.PI) / (2 * n)),
);
const rows = nodes.map((t) => [...Array.from({ length: n }, (_, j) => t ** j), target(t)]);
for (let i = 0; i < n; i++) {
  let pivot = i;
  for (let r = i + 1; r < n; r++) if (Math.abs(rows[r][i]) > Math.abs(rows[pivot][i])) pivot = r;
  [rows[i], rows[pivot]] = [rows[pivot], rows[i]];
  for (let r = 0; r < n; r++) {
    if (r === i) continue;
    const f = rows[r][i] / rows[i][i];
    for (let k = i; k <= n; k++) rows[r][k] -= f * rows[i][k];
  }
}
const coefficients = rows.map((row, i) => Math.fround(row[n] / row[i]));

let worst = 0;
for (let a = 0; a <= 9; a += 0.01) {
  const t = Math.fround(1 / Math.fround(1 + Math.fround(c) * a));
  let p = 0;
  for (let j = degree; j >= 0; j--) p = Math.fround(p * t + coefficients[j]);
  const exact = mills(a);
  worst = Math.max(worst, Math.abs(p * t - exact) / exact);
}
console.log(JSON.stringify({ c, degree, worst, coefficients }, null, 1));
