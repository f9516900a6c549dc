/** The smallest adversarial perturbation that searches find, inside the box [0, 1]. @module */
import type { Attack, Sample } from "../attacks/attack.ts";
import { distance } from "../attacks/ball.ts";
import { predict } from "../attacks/logits.ts";
import { boxedClimb, climb } from "./perturbations.ts";
import { evaluateAll, type Evaluator, type Slopes } from "./slopes.ts";

/** A misclassified point and how far it is. */
export interface Found {
  readonly point: Float32Array;
  /** `||point - image||_inf`, pixels in [0, 1]. */
  readonly radius: number;
  /** What found it. */
  readonly by: "fab" | "pgd";
}

/**
 * FAB without a radius: the nearest misclassified point of its whole walk, over all variants.
 *
 * @param attack FAB for radius 0, which ends no walk before its last iteration
 * @param samples Images that are classified as labelled
 * @returns `undefined` for an image of which no walk left the class
 */
export async function nearestByFab(
  victim: Evaluator,
  attack: Attack,
  samples: readonly Sample[],
): Promise<(Found | undefined)[]> {
  const nearest: (Found | undefined)[] = samples.map(() => undefined);
  let lanes = samples.map((sample, which) => ({
    ...{ sample, which, variant: 0 },
    state: attack.start(sample, 0),
  }));
  while (lanes.length > 0) {
    const requests = lanes.map(({ state, sample }) => attack.request(state, sample));
    // gradients that are not asked for cost less than another program
    const answers = await evaluateAll(
      victim,
      requests.map((request) => ({ ...request, loss: request.loss ?? "difference" })),
    );
    lanes = lanes.flatMap((lane, i) => {
      const { sample, which, state } = lane, { point } = requests[i];
      if (predict(answers[i].logits) !== sample.label) {
        const radius = distance(point, sample.image);
        if (radius < (nearest[which]?.radius ?? Infinity)) {
          nearest[which] = { point: point.slice(), radius, by: "fab" };
        }
      }
      if (!attack.advance(state, answers[i], sample)) return [lane];
      const variant = lane.variant + 1;
      if (variant === attack.variants) return [];
      return [{ ...lane, variant, state: attack.start(sample, variant) }];
    });
  }
  return nearest;
}

/** How radii are bisected. */
export interface BisectionOptions {
  /** Halvings of the interval that holds the radius. */
  readonly halvings: number;
  /** Steps of PGD at each radius. */
  readonly steps: number;
}

/**
 * Bisects the radius at which PGD from the image fools the model, below what is known already.
 *
 * @param known What another search found; without it the interval is [0, 1]
 * @returns The nearer one of both; `undefined` where neither found any
 */
export async function nearestByPgd(
  slopes: Slopes,
  samples: readonly Pick<Sample, "image" | "label">[],
  known: readonly (Found | undefined)[],
  { halvings, steps }: BisectionOptions,
): Promise<(Found | undefined)[]> {
  const nearest = [...known], low = samples.map(() => 0);
  for (let halving = 0; halving < halvings; halving++) {
    const radii = low.map((radius, i) => (radius + (nearest[i]?.radius ?? 1)) / 2);
    const fooled = samples.map(() => false);
    const climbs = samples.map((sample, i) => boxedClimb(sample, radii[i], steps));
    await climb(slopes, climbs, steps, (i, { logits }, point) => {
      const { image, label } = samples[i];
      fooled[i] = predict(logits) !== label;
      if (fooled[i]) {
        nearest[i] = { point: point.slice(), radius: distance(point, image), by: "pgd" };
      }
      return !fooled[i];
    });
    fooled.forEach((found, i) => found || (low[i] = radii[i]));
  }
  return nearest;
}
