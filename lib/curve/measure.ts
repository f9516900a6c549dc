/** Robust accuracy over the radius. @module */
import type { Attack } from "../attacks/attack.ts";
import { predict } from "../attacks/logits.ts";
import { runAttacks } from "../attacks/run/run_attacks.ts";
import { evaluateLogits, imageAt, type LabelledImages } from "../attacks/victim/evaluate.ts";
import type { Victim } from "../attacks/victim/victim.ts";
import { type Fall, GREY, type GreyCheck } from "./record.ts";

/** How a curve is measured. */
export interface CurveOptions {
  /** Rising from 0, pixels in [0, 1]. */
  readonly epsilons: readonly number[];
  /** The attacks for a radius. */
  readonly attacksAt: (epsilon: number) => readonly Attack[];
  /** What an earlier process found: of each radius that is done, where images fell. */
  readonly falls?: readonly (readonly Fall[])[];
  /** Called after each radius with what all of them so far found. */
  readonly onRadius?: (falls: readonly (readonly Fall[])[]) => void | Promise<void>;
  /** Called as attacks go on: radii done, with parts. */
  readonly onProgress?: (done: number, standing: number) => void;
}

/** Where an image is that nothing has broken. */
const STANDS: Fall = { radius: null, by: null };

const stands = ({ radius }: Fall) => radius === null;

/**
 * Attacks images at one radius after another. An image that fell is not attacked again: the example
 * that fooled the model lies in every larger ball, so that accuracy never rises with the radius.
 *
 * @returns Where each image fell
 */
export async function measureCurve(
  victim: Victim,
  images: LabelledImages,
  { epsilons, attacksAt, falls = [], onRadius, onProgress }: CurveOptions,
): Promise<readonly Fall[]> {
  const all = [...falls];
  for (const [step, radius] of epsilons.entries()) {
    if (step < falls.length) continue;
    const before = all[step - 1];
    const now = step === 0
      ? (await evaluateLogits(victim, images)).correct.map((correct): Fall =>
        correct ? STANDS : { radius: 0, by: null }
      )
      : await attackAt(victim, images, before, radius, attacksAt(radius), {
        onProgress: (share, standing) => onProgress?.(step + share, standing),
      });
    all.push(now);
    onProgress?.(step + 1, now.filter(stands).length);
    await onRadius?.(all);
  }
  return all[epsilons.length - 1];
}

/** Attacks the images that stand. */
async function attackAt(
  victim: Victim,
  { images, labels, indices }: LabelledImages,
  before: readonly Fall[],
  radius: number,
  attacks: readonly Attack[],
  { onProgress }: { readonly onProgress: (share: number, standing: number) => void },
): Promise<Fall[]> {
  const standing = [...before.keys()].filter((i) => stands(before[i]));
  if (standing.length === 0) return [...before];
  const [height, width, channels] = victim.image, size = height * width * channels;
  const chosen = new Float32Array(standing.length * size);
  standing.forEach((i, n) => chosen.set(imageAt(victim, images, i), n * size));
  const { robust, brokenBy } = await runAttacks(victim, {
    images: chosen,
    labels: standing.map((i) => labels[i]),
    indices: standing.map((i) => indices?.[i] ?? i),
    epsilon: radius,
    attacks,
    onProgress: ({ overall, robust }) => onProgress(overall, robust),
  });
  const now = [...before];
  standing.forEach((i, n) => {
    if (!robust[n]) now[i] = { radius, by: brokenBy[n] };
  });
  return now;
}

/** Share of images that stand at each radius. */
export const accuracies = (falls: readonly Fall[], epsilons: readonly number[]): number[] =>
  epsilons.map((epsilon) =>
    falls.filter(({ radius }) => radius === null || radius > epsilon).length / falls.length
  );

/**
 * Holds what stands at the largest radius against plain grey, which every ball of radius 1/2 has in
 * it: the model gives it one class, so that images of all others have an adversarial example there.
 * An attack that missed it cannot be trusted at smaller radii (Carlini et al. 2019, arXiv:1902.06705,
 * on attacks without a bound).
 */
export async function checkGrey(
  victim: Victim,
  { labels }: Pick<LabelledImages, "labels">,
  falls: readonly Fall[],
  epsilons: readonly number[],
): Promise<GreyCheck | null> {
  if (epsilons[epsilons.length - 1] < GREY) return null;
  const [height, width, channels] = victim.image;
  const point = new Float32Array(height * width * channels).fill(0.5);
  const [{ logits }] = await victim.evaluate([{ point, label: 0 }]);
  const grey = predict(logits);
  const missed = falls.filter((fall, i) => stands(fall) && labels[i] !== grey).length;
  return { class: grey, missed };
}
