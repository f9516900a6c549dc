/** Attacks on linear models, whose smallest adversarial perturbation is known. @module */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { openEngine } from "../../engines/mod.ts";
import { linearDistance } from "../_linear_classifier.ts";
import { brief, drawProblem, shape } from "./_random_problem.ts";
import { distance } from "../ball.ts";
import { evaluateLogits } from "../victim/evaluate.ts";
import { predict, targetOrder } from "../logits.ts";
import type { RunAttacksResult } from "../run/options.ts";
import { runAttacks } from "../run/run_attacks.ts";
import { losses, plan, singles } from "../_rules.ts";
import type { ChosenAttack } from "../rule.ts";
import { createVictim } from "../victim/create_victim.ts";

/** An attack with iterations enough for a linear model. */
const enough = (attack: string): ChosenAttack[] => [
  { attack, settings: { iterations: attack.startsWith("fab") ? 20 : 100 } },
];

interface Scene {
  readonly images: Float32Array<ArrayBuffer>;
  /** Distance to the nearest adversarial example in the box. */
  readonly nearest: number;
  /** Attacks the image in a ball of some multiple of the distance. */
  readonly attack: (
    multiple: number,
    attacks: readonly ChosenAttack[],
  ) => Promise<RunAttacksResult>;
}

/** Checks random linear models and an image each; `place` moves its pixels. */
async function onLinearModels(
  classes: number,
  numRuns: number,
  property: (scene: Scene) => Promise<void>,
  place: (pixel: number) => number = (pixel) => pixel,
) {
  using engine = await openEngine({ kind: "cpu" });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 1e9 }), async (seed) => {
      const problem = { seed, kind: "linear", classes, count: 1, epsilon: 1 } as const;
      const { classifier, images: drawn } = drawProblem(problem), images = drawn.map(place);
      using victim = createVictim({ engine, classifier, batchSize: 4, losses });
      const { logits } = await evaluateLogits(victim, { images, labels: [0] });
      const label = predict(logits);
      const nearest = Math.min(
        ...targetOrder(logits, label).map((t) => linearDistance(classifier, images, label, t)),
      );
      fc.pre(nearest > 1e-2 && nearest < (place(0) > 0 ? place(0) / 1.1 : 0.9));
      await property({
        images,
        nearest,
        attack(multiple, chosen) {
          const epsilon = multiple * nearest, labels = [label];
          const attacks = plan(chosen, { classes, image: shape, epsilon, seed });
          return runAttacks(victim, { images, labels, epsilon, attacks });
        },
      });
    }),
    { numRuns },
  );
}

// Pixels lie on the walls of the box too, which is part of the distance. APGD comes as near as
// float32 lets it. FAB goes 5 % of its step beyond the boundary, which on a linear model is where its
// first step ends at the latest. With more than two classes the cross-entropy's gradient leads to a
// mixture of classes and not to the nearest, and untargeted FAB chooses the nearest boundary as if
// there were no walls.
for (
  const [name, classes, beyond] of [
    ["apgd-ce", 2, 1e-4],
    ["apgd-t", 5, 1e-4],
    ["fab-t", 2, 0.0501],
    ["fab-t", 5, 0.0501],
    ["fab", 2, 0.0501],
  ] as const
) {
  Deno.test(`${name} on ${classes} classes breaks a linear model at its analytic distance`, () =>
    onLinearModels(classes, 8, async ({ images, nearest, attack }) => {
      const { robust, adversarial } = await attack(1 + beyond, enough(name));
      assertEquals(robust, [false]);
      assert(distance(adversarial, images) >= (1 - 1e-4) * nearest);
    }));
}

Deno.test("no attack breaks a linear model just below its analytic distance", () =>
  onLinearModels(5, 8, async ({ attack }) => {
    const { robust, margins } = await attack(
      1 - 1e-4,
      singles.map((rule) => ({ attack: rule.name, settings: brief(rule, 1) })),
    );
    assertEquals(robust, [true]);
    assert(margins[0] > 0);
  }));

Deno.test("fab-t away from the walls breaks a linear model at 1.0052 times its distance", () =>
  // Its place t between image (0) and boundary (1) is the same for every such model: from t = 0.9 of
  // the last, a step of 1.05 (1 - t), pulled to 1.05 by (1 - t) / (2 - t) or 0.1. That gives 1.05,
  // 1.00521, 1.00870 and so on.
  onLinearModels(2, 12, async ({ attack }) => {
    assertEquals((await attack(1.00526, enough("fab-t"))).robust, [false]);
    assertEquals((await attack(1.00516, enough("fab-t"))).robust, [true]);
  }, (pixel) => 0.4 + 0.2 * pixel));
