/**
 * How two models, or two rows of models over seeds, differ in accuracy, and whether by more than noise.
 *
 * Two things are random: which seeds were trained, independently in both rows, and which images were
 * tested, the same in both rows where they are paired. The variance of the difference is the sum
 *
 *     s1^2 / S1 + s2^2 / S2 + var(D) / N - e1 / (S1 N) - e2 / (S2 N)
 *
 * of the variance over each row's S seeds and the variance over the N images of D, the difference of
 * both rows' means on an image; what remains of a row, e, when its seeds' and its images' means are
 * taken out is part of both, and is counted once (two-way random effects, as for several readers of
 * several cases: Gallas, Bandos, Samuelson, Wagner, "A framework for random-effects ROC analysis",
 * Communications in Statistics 38, 2009). Degrees of freedom are Satterthwaite's.
 *
 * Two images are added on which the difference is +1 and -1: without them the variance is 0 where models
 * agree on all. With one seed this is the interval of Bonett and Price 2012 for the same images, and
 * that of Agresti and Caffo 2000 for others.
 *
 * A bootstrap over images and seeds does worse with few seeds: three seeds that differ by chance are
 * resampled with two thirds of their variance, and as if that were known.
 *
 * @module
 */
import { fisher, mcNemar } from "./exact.ts";
import { mean, sampleVariance } from "./mean.ts";
import { studentQuantile, studentTails } from "./student.ts";
import type { Interval } from "./wilson.ts";

/** What the models of a row classify correctly. */
export interface Sample {
  /** Images that each seed's model classifies correctly. */
  readonly correct: readonly number[];
  /** Images that each was tested on. */
  readonly images: number;
  /** Whether it classifies each correctly, by seed, then by image; absent if only counts are known. */
  readonly verdicts?: readonly (readonly boolean[])[];
}

/** A difference of accuracies. */
export interface Difference {
  /** Second minus first, a fraction from -1 to 1. */
  readonly difference: number;
  /** At 95 %. */
  readonly interval: Interval;
  /** Probability of a difference at least as large, were there none. */
  readonly p: number;
  /** How `p` was found: exactly with one seed each, else by the variance over seeds and images. */
  readonly test: "McNemar" | "Fisher" | "t";
  /** Whether image was compared with image. */
  readonly paired: boolean;
}

/**
 * Compares two rows.
 *
 * @param paired Whether both were tested on the same images, in the same order; counts of which the
 * images are not known are compared as if they were not
 * @throws {RangeError} If a row has no seed, or rows with the same images do not have as many
 */
export function compare(first: Sample, second: Sample, paired: boolean): Difference {
  check(first, second, paired);
  const both = [first, second] as const;
  const known = paired && both.every(({ verdicts }) => verdicts !== undefined);
  const images = known
    ? pairedImages(perImage(first), perImage(second))
    : unpairedImages(first, second);
  const seeds = seedVariances(first, second);
  const once = both.reduce((sum, sample) => sum + countedTwice(sample), 0);
  const overSeeds = seeds.reduce((sum, { variance }) => sum + variance, 0);
  const variance = Math.max(
    overSeeds,
    images.variance,
    overSeeds + images.variance - (overSeeds > 0 ? once : 0),
  );
  // how well the variance over images is known is no question beside how that over seeds is
  const freedom = variance ** 2 /
    seeds.reduce((sum, { variance, freedom }) => sum + variance ** 2 / freedom, 0);
  const half = studentQuantile(0.05, freedom) * Math.sqrt(variance);
  const single = both.every(({ correct }) => correct.length === 1);
  return {
    difference: accuracy(second) - accuracy(first),
    interval: {
      low: Math.max(-1, images.difference - half),
      high: Math.min(1, images.difference + half),
    },
    ...single
      ? exactly(first, second, known)
      : { p: studentTails(images.difference / Math.sqrt(variance), freedom), test: "t" },
    paired: known,
  };
}

const accuracy = ({ correct, images }: Sample) => mean(correct) / images;

/** A difference with the variance that it has by the choice of images. */
interface OverImages {
  readonly difference: number;
  readonly variance: number;
}

/** Mean over seeds, by image. */
function perImage({ verdicts }: Sample): number[] {
  return verdicts![0].map((_, image) => mean(verdicts!.map((verdict) => Number(verdict[image]))));
}

/** Of numbers together with as many that are added: their sum, the sum of their squares, how many. */
function overImages(sum: number, squares: number, count: number): OverImages {
  const difference = sum / count;
  return { difference, variance: Math.max(0, squares / count - difference ** 2) / count };
}

function pairedImages(first: readonly number[], second: readonly number[]): OverImages {
  const differences = second.map((share, image) => share - first[image]);
  const sum = differences.reduce((a, b) => a + b, 0);
  return overImages(sum, sumOfSquares(differences) + 2, differences.length + 2);
}

function unpairedImages(first: Sample, second: Sample): OverImages {
  const [one, other] = [first, second].map((sample) => {
    const sum = mean(sample.correct);
    // of counts alone it is not known that seeds differ on an image
    const squares = sample.verdicts === undefined ? sum : sumOfSquares(perImage(sample));
    return overImages(sum + 1, squares + 1, sample.images + 2);
  });
  return {
    difference: other.difference - one.difference,
    variance: other.variance + one.variance,
  };
}

const sumOfSquares = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value ** 2, 0);

/** Variance of each row's mean by the choice of its seeds, with its degrees of freedom. */
function seedVariances(first: Sample, second: Sample): { variance: number; freedom: number }[] {
  const own = [first, second].filter(({ correct }) => correct.length > 1)
    .map(({ correct, images }) => ({
      single: sampleVariance(correct.map((count) => count / images)),
      seeds: correct.length,
    }));
  // a row of one seed is taken to differ over seeds as the other does
  const borrowed = own.length === 1 ? 1 : 0;
  return own.map(({ single, seeds }) => ({
    variance: single * (1 / seeds + borrowed),
    freedom: seeds - 1,
  }));
}

/** The part of a row's variance that both its seeds and its images show. */
function countedTwice({ verdicts, images, correct }: Sample): number {
  const seeds = correct.length;
  if (verdicts === undefined || seeds === 1 || images === 1) return 0;
  const ones = correct.reduce((a, b) => a + b, 0);
  const bySeed = sumOfSquares(correct) / images;
  const byImage = seeds * sumOfSquares(perImage({ verdicts, images, correct }));
  const rest = ones - bySeed - byImage + ones ** 2 / (seeds * images);
  return rest / ((seeds - 1) * (images - 1)) / (seeds * images);
}

function exactly(
  first: Sample,
  second: Sample,
  paired: boolean,
): Pick<Difference, "p" | "test"> {
  if (!paired) {
    const count = ({ correct: [correct], images }: Sample) => ({ correct, images });
    return { p: fisher(count(first), count(second)), test: "Fisher" };
  }
  const [one] = first.verdicts!, [other] = second.verdicts!;
  const alone = (these: readonly boolean[], those: readonly boolean[]) =>
    these.filter((correct, image) => correct && !those[image]).length;
  return { p: mcNemar(alone(one, other), alone(other, one)), test: "McNemar" };
}

function check(first: Sample, second: Sample, paired: boolean): void {
  const problem = (text: string) => new RangeError(`Cannot compare accuracies: ${text}`);
  for (const { correct, images } of [first, second]) {
    if (correct.length === 0) throw problem("a row has no seed, expected at least one");
    if (!(images >= 1)) throw problem(`${images} images, expected at least one`);
  }
  if (paired && first.images !== second.images) {
    throw problem(`${first.images} and ${second.images} images, expected the same ones`);
  }
}
