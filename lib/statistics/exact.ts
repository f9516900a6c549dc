/**
 * Exact tests of counts, two-sided.
 *
 * @module
 */
import { logGamma } from "./incomplete_beta.ts";

const logChoose = (n: number, k: number) => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);

/** Probabilities that are equal but for rounding count as equal. */
const EQUAL = 1 + 1e-7;

/**
 * The exact test of McNemar 1947 of two models on the same images: of the images that one of them
 * alone classifies correctly, is it either's with probability 1/2?
 *
 * @param first Images that the first model alone classifies correctly
 * @param second Images that the second alone does
 * @returns Probability of a division at least as uneven
 */
export function mcNemar(first: number, second: number): number {
  const all = first + second, fewer = Math.min(first, second);
  let tail = 0;
  for (let k = 0; k <= fewer; k++) tail += Math.exp(logChoose(all, k) - all * Math.LN2);
  return Math.min(1, 2 * tail);
}

/** How many images are classified correctly. */
export interface Count {
  readonly correct: number;
  /** Of so many. */
  readonly images: number;
}

/**
 * Fisher's exact test of two shares of different images: the probability, given the sum of both
 * counts, of one at most as likely as what was counted.
 */
export function fisher(one: Count, other: Count): number {
  const correct = one.correct + other.correct, images = one.images + other.images;
  const probability = (k: number) =>
    Math.exp(
      logChoose(one.images, k) + logChoose(other.images, correct - k) - logChoose(images, correct),
    );
  const limit = probability(one.correct) * EQUAL;
  let sum = 0;
  for (
    let k = Math.max(0, correct - other.images);
    k <= Math.min(one.images, correct);
    k++
  ) {
    const p = probability(k);
    if (p <= limit) sum += p;
  }
  return Math.min(1, sum);
}
