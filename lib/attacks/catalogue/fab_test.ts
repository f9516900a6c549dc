import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { openEngine } from "../../engines/mod.ts";
import { stream } from "../../random/philox.ts";
import { linearClassifier, linearDistance } from "../_linear_classifier.ts";
import { losses, planOne } from "../_rules.ts";
import { distance } from "../ball.ts";
import { attack as fab } from "./fab.ts";
import { attack as fabTargeted } from "./fab_t.ts";
import { predict, targetOrder } from "../logits.ts";
import type { Sample } from "../attack.ts";
import { runAttack } from "../run/scheduler.ts";
import { createVictim } from "../victim/create_victim.ts";

const image = [2, 2, 1] as const, classes = 5;
const two = { classes: 2, image: [1, 1, 2], epsilon: 0.2, seed: 0 } as const;

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
        using victim = createVictim({ engine, classifier, batchSize: 4, losses });
        const attack = (epsilon: number) =>
          planOne(name, { iterations: name === "fab-t" ? 40 : 50 }, {
            classes,
            image,
            epsilon,
            seed: 0,
          });
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

Deno.test("fab breaks a linear model beyond its analytic distance and never before", async () => {
  using engine = await openEngine({ kind: "cpu" });
  await fc.assert(
    fc.asyncProperty(problems, async ({ classifier, sample, nearest }) => {
      using victim = createVictim({ engine, classifier, batchSize: 4, losses });
      const attack = (epsilon: number) =>
        fab.create({ iterations: 40, restarts: 2 }, { classes, image, epsilon, seed: 3 });
      const [above] = await runAttack(victim, attack(1.06 * nearest), [sample]);
      assert(above.fooled);
      assert(distance(above.point, sample.image) <= 1.06 * nearest);
      const [below] = await runAttack(victim, attack(0.98 * nearest), [sample]);
      assert(!below.fooled);
    }),
    { numRuns: 15 },
  );
});

Deno.test("fabTargeted() hand-computed step on two pixels", () => {
  // z_t - z_y = 2 x0 + 2 x1 - 3 at (0.5, 0.5): difference -1, step 1/4 on both, overshoot 5 %
  const sample: Sample = {
    image: Float32Array.of(0.5, 0.5),
    label: 0,
    index: 0,
    logits: Float32Array.of(1, 0),
  };
  const attack = fabTargeted.create({ iterations: 3, targets: 9 }, two),
    state = attack.start(sample, 0);
  const answer = (x: Float32Array) => {
    const loss = 2 * x[0] + 2 * x[1] - 3;
    return { logits: Float32Array.of(0, loss), loss, gradient: Float32Array.of(2, 2) };
  };
  const ask = () => attack.request(state, sample);
  assertEquals([ask().loss, ask().target], ["difference", 1]);
  assertEquals(attack.advance(state, answer(ask().point), sample), undefined);
  ask().point.forEach((v) => assertAlmostEquals(v, 0.5 + 1.05 * 0.25, 1e-6));
  // misclassified but not within 0.2: backward step to 0.5 + 0.9 * 0.2625, then the next gradient
  assertEquals(attack.advance(state, answer(ask().point), sample), undefined);
  assertEquals(ask().loss, "difference");
  ask().point.forEach((v) => assertAlmostEquals(v, 0.5 + 0.9 * 1.05 * 0.25, 1e-6));
});

Deno.test("fabTargeted() a flat model stays where it is and ends unbroken", () => {
  const sample: Sample = {
    image: Float32Array.of(0.5),
    label: 0,
    index: 0,
    logits: Float32Array.of(1, 0),
  };
  const attack = fabTargeted.create({ iterations: 4, targets: 9 }, two),
    state = attack.start(sample, 0);
  const flat = { logits: Float32Array.of(1, 0), loss: -1, gradient: Float32Array.of(0) };
  for (let evaluations = 1; evaluations <= 5; evaluations++) {
    assertEquals(attack.request(state, sample).point[0], 0.5);
    const outcome = attack.advance(state, flat, sample);
    assertEquals(outcome?.fooled, evaluations === 5 ? false : undefined);
  }
});

Deno.test("fab() follows the nearest boundary, from a random start but for the first run", () => {
  const sample: Sample = {
    image: Float32Array.of(0.5, 0.5),
    label: 1,
    index: 0,
    logits: Float32Array.of(0, 1, 0.5),
  };
  const attack = fab.create({ iterations: 3, restarts: 2 }, { ...two, classes: 3, epsilon: 0.1 }),
    state = attack.start(sample, 0);
  assertEquals([...state.x], [0.5, 0.5]);
  const logits = sample.logits;
  const targets: (number | undefined)[] = [];
  const answer = (loss: number, gradient: number[]) => {
    targets.push(attack.request(state, sample).target);
    attack.advance(state, { logits, loss, gradient: Float32Array.from(gradient) }, sample);
  };
  answer(-1, [1, 1]); // distance 1/2
  answer(-0.5, [0, 4]); // distance 1/8: the nearest
  assertEquals(targets, [0, 2], "all classes but the label");
  assertEquals(attack.request(state, sample).loss, undefined, "then the verdict");
  assertAlmostEquals(state.x[0], 0.5, 1e-6);
  assertAlmostEquals(state.x[1], 0.5 + 1.05 / 8, 1e-6);
  const second = attack.start(sample, 1).x.map((v) => Math.abs(v - 0.5));
  assertAlmostEquals(Math.max(...second), 0.05, 1e-6);
});
