/** What an unfinished attack lets one expect. @module */
/**
 * Images expected to be still robust when an attack ends, by the estimator of Kaplan and Meier
 * (1958): of the images that had as many evaluations as a broken one when it broke, the share that
 * went on. An image that is still attacked is expected to survive what others, that are further,
 * survived; where nobody is further, it counts as robust, so the estimate falls towards the truth as
 * an attack goes on. Later attacks are not foreseen.
 */
export function estimateSurvival({ broken, spent, brokenAt }: EstimateInput): number {
  const ends = Array.from(spent, (evaluations, i) => ({
    at: broken[i] ? brokenAt[i] : evaluations,
    broke: broken[i] !== undefined,
  })).sort((a, b) => a.at - b.at || Number(b.broke) - Number(a.broke));
  // survival[k]: to have lasted beyond the k-th end
  let survival = 1;
  const beyond = ends.map(({ broke }, k) => {
    if (broke) survival *= 1 - 1 / (ends.length - k);
    return survival;
  });
  let expected = 0;
  ends.forEach(({ broke }, k) => {
    if (!broke && beyond[k] > 0) expected += survival / beyond[k];
  });
  return expected;
}

/** What the estimate is made from. */
export interface EstimateInput {
  /** What broke each image; `undefined` for those that are still robust. */
  readonly broken: readonly (object | undefined)[];
  /** Evaluations spent on each image. */
  readonly spent: Uint32Array;
  /** How many they were when a broken image broke. */
  readonly brokenAt: Uint32Array;
}
