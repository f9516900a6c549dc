import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { openEngine } from "../engines/mod.ts";
import { stream } from "../random/philox.ts";
import { linearClassifier, linearDistance } from "./_linear_classifier.ts";
import { apgdTargeted } from "./apgd.ts";
import { distance } from "./ball.ts";
import { fabLane, fabTargeted } from "./fab.ts";
import { predict, targetOrder } from "./logits.ts";
import type { Sample } from "./request.ts";
import { runAttack } from "./scheduler.ts";
import { createVictim } from "./victim.ts";

const image = [2, 2, 1] as const, classes = 5;

/** A linear model, a correctly classified image and the distance to its nearest other class. */
const problems = fc.integer({ min: 0, max: 1e6 }).map((seed) => {
  const random = stream(seed, "linear problem");
  const draw = (n: number, low: number, high: number) =>
    random.fill(new Float32Array(n), low, high);
  const classifier = linearClassifier(image, draw(4 * classes, -3, 3), draw(classes, -1, 1));
  const point = draw(4, 0.2, 0.8);
  const logits = Float32Array.from(
    classifier.weights.b.data,
    (bias, c) =>
      bias + point.reduce((sum, v, i) => sum + v * classifier.weights.w.data[i * 5 + c], 0),
  );
  const label = predict(logits);
  const nearest = Math.min(
    ...targetOrder(logits, label).map((t) => linearDistance(classifier, point, label, t)),
  );
  const sample: Sample = { image: point, label, index: 0, logits };
  return { classifier, sample, nearest };
}).filter(({ nearest }) => nearest > 0.01 && nearest < 0.15);

for (const name of ["fab-t", "apgd-t"]) {
  Deno.test(`${name} breaks a linear model beyond its analytic distance and never before`, async () => {
    using engine = await openEngine({ kind: "cpu" });
    await fc.assert(
      fc.asyncProperty(problems, async ({ classifier, sample, nearest }) => {
        using victim = createVictim({ engine, classifier, batchSize: 4 });
        const attack = (epsilon: number) =>
          name === "fab-t"
            ? fabTargeted({ iterations: 40 }, 9, classes, epsilon)
            : apgdTargeted({ iterations: 50 }, 9, classes, epsilon, 0);
        // FAB overshoots the boundary by up to 5 % of its step
        const [above] = await runAttack(victim, attack(1.06 * nearest), [sample]);
        assert(above.fooled);
        assert(distance(above.point, sample.image) <= 1.06 * nearest);
        const [below] = await runAttack(victim, attack(0.98 * nearest), [sample]);
        assert(!below.fooled);
      }),
      { numRuns: 15 },
    );
  });
}

Deno.test("fabLane() hand-computed step on two pixels", () => {
  // z_t - z_y = 2 x0 + 2 x1 - 3 at (0.5, 0.5): difference -1, step 1/4 on both, overshoot 5 %
  const point = Float32Array.of(0.5, 0.5);
  const lane = fabLane({ image: point, label: 0 }, 1, 3, 0.2);
  const answer = (x: Float32Array) => {
    const loss = 2 * x[0] + 2 * x[1] - 3;
    return { logits: Float32Array.of(0, loss), loss, gradient: Float32Array.of(2, 2) };
  };
  const first = lane.next(undefined as never);
  assert(!first.done && first.value.loss === "difference");
  const second = lane.next(answer(first.value.point));
  assert(!second.done);
  second.value.point.forEach((v) => assertAlmostEquals(v, 0.5 + 1.05 * 0.25, 1e-6));
  // misclassified but not within 0.2: backward step to 0.5 + 0.9 * 0.2625, then the next gradient
  const third = lane.next(answer(second.value.point));
  assert(!third.done && third.value.loss === "difference");
  third.value.point.forEach((v) => assertAlmostEquals(v, 0.5 + 0.9 * 1.05 * 0.25, 1e-6));
});

Deno.test("fabLane() a flat model stays where it is and ends unbroken", () => {
  const lane = fabLane({ image: Float32Array.of(0.5), label: 0 }, 1, 4, 0.2);
  const flat = { logits: Float32Array.of(1, 0), loss: -1, gradient: Float32Array.of(0) };
  let step = lane.next(undefined as never), evaluations = 0;
  while (!step.done) {
    assertEquals(step.value.point[0], 0.5);
    evaluations++;
    step = lane.next(flat);
  }
  assert(!step.value.fooled);
  assertEquals(evaluations, 5);
});
