/** Adversarial examples made to be tried on other models. @module */
import { ballAround, project } from "../attacks/ball.ts";
import { along, boxedClimb, climb, fgsmDirection } from "../theory/perturbations.ts";
import type { Slopes } from "../theory/slopes.ts";

/** Images and what models make of them are told apart by their labels. */
export interface SourceImages {
  /** Each `[H, W, C]`, pixels in [0, 1]. */
  readonly images: readonly Float32Array[];
  readonly labels: readonly number[];
}

/** What is made of images on one model; each list goes by the images. */
export interface Examples {
  readonly fgsm: readonly Float32Array[];
  readonly pgd: readonly Float32Array[];
}

/**
 * Makes examples of every image, whether or not the model falls for them, as strong as the budget
 * allows: FGSM's step from the image, and PGD's point of highest loss. All are in the ball and in the
 * box [0, 1].
 *
 * What an attack of the table stores is made for its own model's verdict: nothing of images that it
 * did not break or that were wrong before, and of the others, where the attack ends at the first
 * success, a point at the edge of the class, which another model need not share. A matrix of those
 * would compare how many examples there are rather than how well they transfer.
 *
 * @param slopes Of the cross-entropy
 */
export async function makeExamples(
  slopes: Slopes,
  { images, labels }: SourceImages,
  { epsilon, steps }: { readonly epsilon: number; readonly steps: number },
): Promise<Examples> {
  const clean = await slopes(images.map((point, i) => ({ point, label: labels[i] })));
  const fgsm = images.map((image, i) =>
    project(ballAround(image, epsilon), along(image, fgsmDirection(clean[i].gradient), epsilon))
  );
  const pgd = images.map((image) => image.slice()), highest = images.map(() => -Infinity);
  const climbs = images.map((image, i) => boxedClimb({ image, label: labels[i] }, epsilon, steps));
  await climb(slopes, climbs, steps, (i, { loss }, point) => {
    if (loss > highest[i]) {
      highest[i] = loss;
      pgd[i].set(point);
    }
    return true;
  });
  return { fgsm, pgd };
}
