/** Random shares of a beta distribution. @module */
import type { Stream } from "./philox.ts";

/**
 * A number of the beta distribution of two parameters above 0, as the share of one gamma variate in the
 * sum of two.
 */
export function beta(random: Pick<Stream, "uniform" | "normal">, a: number, b: number): number {
  // by logarithms: with small parameters both variates may be less than any number of float64
  return 1 / (1 + Math.exp(logGamma(random, b) - logGamma(random, a)));
}

/**
 * Logarithm of a gamma variate of shape `a` (Marsaglia, Tsang, "A simple method for generating gamma
 * variables", 2000; shapes below 1 by their section 6).
 */
function logGamma(random: Pick<Stream, "uniform" | "normal">, a: number): number {
  if (a < 1) return logGamma(random, a + 1) + Math.log(1 - random.uniform()) / a;
  const d = a - 1 / 3, c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal(), v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const u = 1 - random.uniform(); // in (0, 1]
    if (Math.log(u) < x * x / 2 + d - d * v + d * Math.log(v)) return Math.log(d * v);
  }
}
