/**
 * A weighted sum of rows' accuracies, with the interval that it has by the choice of images and seeds.
 *
 * It is resampled by `bootstrap.ts`: all rows on the same images, and of each row's seeds with the
 * variance that they show. With one seed the interval says nothing of other seeds. What differs by seed
 * and image at once is counted in both, so intervals are a little wide.
 *
 * Two images are added, the most for and the most against, as in `difference.ts`; and the interval is as
 * much wider as Student's t is than the normal distribution with the degrees of freedom that the seeds
 * leave (Satterthwaite).
 *
 * @module
 */
import { stream } from "../random/philox.ts";
import { bootstrapShares } from "./bootstrap.ts";
import { mean, sampleVariance } from "./mean.ts";
import { studentQuantile } from "./student.ts";

/** One row of a sum. */
export interface Term {
  readonly weight: number;
  /** Whether each seed's model classifies each image correctly; as many images in all terms. */
  readonly verdicts: readonly (readonly boolean[])[];
}

/** A weighted sum of accuracies. */
export interface Contrast {
  /** A fraction. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** Variance by the choice of images and seeds, and the part of it that the seeds have. */
  readonly variance: number;
  readonly overSeeds: number;
  /** Standard errors that the interval is wide to each side. */
  readonly quantile: number;
  readonly images: number;
  /** Seeds of the row that has the fewest. */
  readonly seeds: number;
}

/** Samples that are drawn. */
export const RESAMPLES = 2000;

/**
 * Sums accuracies.
 *
 * @param level Of the interval
 * @throws {RangeError} If there is no term, a term has no seed, or the images are not as many in all
 */
export function bootstrapContrast(terms: readonly Term[], level = 0.95): Contrast {
  const images = terms[0]?.verdicts[0]?.length ?? 0;
  if (
    images === 0 ||
    terms.some(({ verdicts }) => !verdicts.length || verdicts.some((of) => of.length !== images))
  ) {
    throw new RangeError(
      "Cannot compare rows: a row has no seed or other images, expected the same images for all",
    );
  }
  // two images are added, the most for and the most against
  const extended = terms.map(({ weight, verdicts }) =>
    verdicts.map((of) => [...of, weight > 0, weight < 0])
  );
  const draw = stream(0, "contrast", images, terms.length).integer;
  const sums = Float64Array.from(
    bootstrapShares(extended, RESAMPLES, draw),
    (shares) => terms.reduce((sum, { weight }, i) => sum + weight * shares[i], 0),
  ).sort();
  const rows = terms.map(({ weight, verdicts }) => ({
    weight,
    seeds: verdicts.map((of) => mean(of.map(Number))),
  }));
  const own = rows.filter(({ seeds }) => seeds.length > 1).map(({ weight, seeds }) => ({
    variance: weight ** 2 * sampleVariance(seeds) / seeds.length,
    freedom: seeds.length - 1,
  }));
  const variance = sampleVariance([...sums]);
  const freedom = variance ** 2 /
    own.reduce((sum, { variance, freedom }) => sum + variance ** 2 / freedom, 0);
  const quantile = studentQuantile(1 - level, freedom);
  const wider = quantile / studentQuantile(1 - level, Infinity), centre = mean([...sums]);
  const at = (share: number) =>
    centre + wider * (sums[Math.round(share * (RESAMPLES - 1))] - centre);
  return {
    estimate: rows.reduce((sum, { weight, seeds }) => sum + weight * mean(seeds), 0),
    low: at((1 - level) / 2),
    high: at((1 + level) / 2),
    variance,
    overSeeds: own.reduce((sum, one) => sum + one.variance, 0),
    quantile,
    images,
    seeds: Math.min(...rows.map(({ seeds }) => seeds.length)),
  };
}

/** More of the same that would do, if the contrast is what it seems to be; null where none would. */
export interface Needed {
  /** Images in all, with as many seeds as now. */
  readonly images: number | null;
  /** Seeds in all, on as many images as now. */
  readonly seeds: number | null;
  /** Images and seeds together, where neither alone would do: the least product of the two. */
  readonly both: { readonly images: number; readonly seeds: number } | null;
}

/** No test set of CIFAR has more images. */
const MOST_IMAGES = 10_000;

/** More seeds than this nobody trains to decide a question. */
const MOST_SEEDS = 20;

/**
 * Images or seeds with which the interval of a contrast would not reach `from`. Variance over images
 * falls with their number, and that over seeds with theirs.
 */
export function neededFor(contrast: Contrast, from = 0): Needed {
  const { estimate, variance, overSeeds, quantile, images, seeds } = contrast;
  const room = ((estimate - from) / quantile) ** 2, overImages = Math.max(0, variance - overSeeds);
  const whole = (amount: number) => Math.ceil(amount - 1e-9);
  /** Images that so many seeds need; infinite where no number would do. */
  const imagesWith = (count: number) => {
    const left = room - overSeeds * seeds / count;
    return left > 0 ? whole(overImages * images / left) : Infinity;
  };
  const more = imagesWith(seeds), left = room - overImages;
  const others = seeds > 1 && left > 0 ? whole(overSeeds * seeds / left) : Infinity;
  const found = {
    images: more <= MOST_IMAGES ? more : null,
    seeds: others <= MOST_SEEDS ? others : null,
  };
  if (found.images !== null || found.seeds !== null || seeds === 1) return { ...found, both: null };
  const [both] = Array.from({ length: MOST_SEEDS }, (_, i) => i + 1)
    .map((count) => ({ images: imagesWith(count), seeds: count }))
    .filter((way) => way.seeds > seeds && way.images > images && way.images <= MOST_IMAGES)
    .sort((a, b) => a.images * a.seeds - b.images * b.seeds);
  return { ...found, both: both ?? null };
}
