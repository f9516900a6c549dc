/** Coefficients of Lanczos' approximation with g = 7 and nine terms (Godfrey 2001). */
const LANCZOS = [
  0.99999999999980993,
  676.5203681218851,
  -1259.1392167224028,
  771.32342877765313,
  -176.61502916214059,
  12.507343278686905,
  -0.13857109526572012,
  9.9843695780195716e-6,
  1.5056327351493116e-7,
];

/** The logarithm of the gamma function of a number above 0. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const [first, ...others] = LANCZOS, t = x + 6.5;
  const sum = others.reduce((total, term, i) => total + term / (x + i), first);
  return (x - 0.5) * Math.log(t) - t + Math.log(Math.sqrt(2 * Math.PI) * sum);
}

/**
 * The regularised incomplete beta function I_x(a, b): the continued fraction of Abramowitz and Stegun
 * 26.5.8, evaluated by the method of Lentz (Thompson and Barnett 1986).
 *
 * @param x From 0 to 1
 * @param a Above 0
 * @param b Above 0
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // the fraction converges fast below the mean
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  ) / a;
  return front / fraction(x, a, b);
}

/** The continued fraction's value, 1 + d1 / (1 + d2 / (1 + …)). */
function fraction(x: number, a: number, b: number): number {
  const tiny = 1e-300, away = (value: number) => Math.abs(value) < tiny ? tiny : value;
  let value = 1, upper = 1, lower = 0;
  for (let k = 1; k < 10_000; k++) {
    const m = Math.floor(k / 2);
    const term = k % 2 === 0
      ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    lower = 1 / away(1 + term * lower);
    upper = away(1 + term / upper);
    value *= upper * lower;
    if (Math.abs(upper * lower - 1) < 1e-16) break;
  }
  return value;
}
