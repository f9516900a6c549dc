/** From what an attack found to what counts. @module */
import type { Attack } from "../attack.ts";
import { evaluateLogits } from "../victim/evaluate.ts";
import type { Victim } from "../victim/victim.ts";
import type { Position } from "./checkpoint.ts";
import type { AttackOutcome } from "./lanes.ts";

/** Enters an attack's outcomes: examples that a pass for logits alone misclassifies too. */
export async function settle(
  victim: Victim,
  attack: Attack,
  { brokenBy, examples, margins, zeroGradient }: Position,
  { labels, positions, outcomes }: {
    readonly labels: ArrayLike<number>;
    readonly positions: readonly number[];
    readonly outcomes: readonly AttackOutcome[];
  },
): Promise<void> {
  outcomes.forEach((outcome, i) => {
    margins[positions[i]] = Math.min(margins[positions[i]], outcome.margin);
    if (outcome.zeroGradient) zeroGradient[positions[i]] = 1;
  });
  const found = outcomes.flatMap(({ fooled, point }, i) =>
    fooled ? [{ at: positions[i], point }] : []
  );
  const size = victim.image[0] * victim.image[1] * victim.image[2];
  const images = new Float32Array(found.length * size);
  found.forEach(({ point }, i) => images.set(point, i * size));
  const { correct } = await evaluateLogits(victim, {
    images,
    labels: found.map(({ at }) => labels[at]),
  });
  found.forEach(({ at, point }, i) => {
    if (correct[i]) return;
    brokenBy[at] = attack.name;
    examples.set(at, point);
  });
}
