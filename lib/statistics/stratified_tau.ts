/**
 * Kendall's tau-b within strata: pairs are compared inside a stratum alone, so that what differs
 * between strata counts for nothing.
 *
 * @module
 */
import { stream } from "../random/philox.ts";
import { sampleVariance } from "./mean.ts";

/** Two quantities of one thing; may be infinite. */
export type Pair = readonly [x: number, y: number];

/** An association of two orders. */
export interface Tau {
  /** From -1 to 1; NaN where one of both never differs. */
  readonly tau: number;
  /** Probability of one at least as far from 0, were the second quantity in any order. */
  readonly p: number;
  /** Standard deviation of tau in such orders. */
  readonly deviation: number;
}

/** Orders that are tried. */
const ORDERS = 1999;

const sign = (a: number, b: number) => a === b ? 0 : a < b ? -1 : 1;

/** Concordant minus discordant pairs, and pairs that do not tie in x and in y. */
function count(strata: readonly (readonly Pair[])[]): [score: number, x: number, y: number] {
  let [score, x, y] = [0, 0, 0];
  for (const pairs of strata) {
    for (let i = 0; i < pairs.length; i++) {
      for (let k = 0; k < i; k++) {
        const dx = sign(pairs[i][0], pairs[k][0]), dy = sign(pairs[i][1], pairs[k][1]);
        score += dx * dy;
        x += Math.abs(dx);
        y += Math.abs(dy);
      }
    }
  }
  return [score, x, y];
}

/** Associates both quantities of things, which are grouped in strata. */
export function stratifiedTau(strata: readonly (readonly Pair[])[]): Tau {
  const [score, x, y] = count(strata), scale = Math.sqrt(x * y);
  if (scale === 0) return { tau: NaN, p: 1, deviation: NaN };
  const noise = stream(0, "tau"), taus: number[] = [];
  let asFar = 0;
  for (let order = 0; order < ORDERS; order++) {
    const shuffled = strata.map((pairs) => {
      const from = noise.permutation(pairs.length);
      return pairs.map(([x], i): Pair => [x, pairs[from[i]][1]]);
    });
    const [other] = count(shuffled);
    taus.push(other / scale);
    if (Math.abs(other) >= Math.abs(score)) asFar++;
  }
  return {
    tau: score / scale,
    p: (asFar + 1) / (ORDERS + 1),
    deviation: Math.sqrt(sampleVariance(taus)),
  };
}
