import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { attack as fab } from "../attacks/catalogue/fab_t.ts";
import { openEngine } from "../engines/mod.ts";
import { linear, logistic, SLOPES, victimOf } from "./_models.ts";
import { measureImages } from "./measure.ts";
import { evaluationsOf } from "./setting.ts";
import { counting } from "./_counting.ts";
import { CROSS_ENTROPY } from "./slopes.ts";
import { boundSummary, CROSS_ENTROPY_BOUND, MARGIN_BOUND } from "./judge.ts";

const NORM = SLOPES.reduce((sum, w) => sum + Math.abs(w), 0);
const softplus = (x: number) => Math.log1p(Math.exp(x));
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** R of the logistic loss where the margin `m` changes by `t`. */
const errorOf = (m: number, t: number) => softplus(-m - t) - softplus(-m) + sigmoid(-m) * t;

const setting = {
  epsilons: [0, 0.05, 0.1, 0.25],
  epsilon: 0.1,
  steps: 10,
  fabIterations: 10,
  seed: 1n,
};

/** Two images whose ball of radius 0.25 is inside of the box, of either label, and a misclassified one. */
const images = [0.5, 0.45, 0.5].map((x) => new Float32Array(4).fill(x));
const labels = [1, 1, 0];
const margins = images.map(([x], i) =>
  (labels[i] === 1 ? 1 : -1) * (SLOPES.reduce((sum, w) => sum + w * (x - 0.5), 0) + 1)
);

Deno.test("measureImages() has the closed form of logistic regression", async () => {
  using engine = await openEngine({ kind: "cpu" });
  using victim = victimOf(engine, logistic, 3);
  const attack = fab.create({ iterations: setting.fabIterations, targets: 9 }, {
    ...{ classes: 2, image: logistic.image, epsilon: 0, seed: 0 },
  });
  const counted = counting(victim);
  const records = await measureImages(counted, attack, {
    ...{ images, labels, indices: [0, 1, 2] },
  }, setting);
  assert(counted.count() <= 3 * evaluationsOf(setting, 2), "progress would pass its end");
  const close = (a: number, b: number, what: string) => assertAlmostEquals(a, b, 1e-6, what);
  records.forEach((record, i) => {
    const m = margins[i], what = `image ${i}`;
    close(record.loss, softplus(-m), what);
    close(record.gradient_norm, sigmoid(-m) * NORM, what);
    close(record.margin_loss, -m, what);
    close(record.margin_gradient_norm, NORM, what);
    setting.epsilons.forEach((epsilon, k) => {
      const t = epsilon * NORM;
      // the loss is convex in the margin: all of FGSM, PGD and the largest R are at its ends
      close(record.linearization_error.fgsm[k], errorOf(m, -t), what);
      close(record.linearization_error.pgd[k], errorOf(m, -t), what);
      close(record.omega[k], Math.max(errorOf(m, -t), errorOf(m, t)), what);
      close(record.margin_omega[k], 0, what);
      const change = (sigmoid(-m + t) - sigmoid(-m)) * NORM;
      if (k > 0) {
        assertAlmostEquals(record.lipschitz_quotient.fgsm[k], change / epsilon, 2e-5, what);
      }
    });
    close(record.residual, 0, what);
    close(record.integral_residual, 0, what);
    assertEquals(record.correct, i < 2);
    assertAlmostEquals(record.found_radius!, i < 2 ? m / NORM : 0, 2e-3, what);
  });
  assertEquals(records[2].found_by, null);

  // Proposition 2.1: the margin's bound is exact, since its loss is linear
  const margin = boundSummary(records, setting, MARGIN_BOUND);
  assertEquals([margin.satisfied, margin.positive, margin.violated], [2, 2, []]);
  assertAlmostEquals(margin.tightness!.min, 1, 1e-2);
  const cross = boundSummary(records, setting, CROSS_ENTROPY_BOUND);
  const expected = margins.map((m) =>
    Math.max(
      0,
      ...setting.epsilons.map((epsilon) => {
        const omega = Math.max(errorOf(m, -epsilon * NORM), errorOf(m, epsilon * NORM));
        const left = CROSS_ENTROPY.threshold - softplus(-m) - omega;
        return left < 0 ? 0 : Math.min(epsilon, left / (sigmoid(-m) * NORM));
      }),
    )
  );
  assertEquals(cross.positive, expected.filter((bound) => bound > 0).length);
  assertAlmostEquals(cross.tightness!.max, expected[0] / records[0].found_radius!, 1e-3);
  assertEquals(cross.violated, []);
});

Deno.test("measureImages() finds the margin's omega where other classes overtake each other", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const weights = [[2, -1, 0.5], [0.25, 1, -2], [-1, 0.5, 1.5], [1, 2, -0.5]]; // [pixel][class]
  using victim = victimOf(engine, linear(weights, [1, 0.5, -1.2]), 1);
  const attack = fab.create({ iterations: 1, targets: 9 }, {
    ...{ classes: 3, image: logistic.image, epsilon: 0, seed: 0 },
  });
  const image = new Float32Array(4).fill(0.5);
  const [{ margin_omega, margin_loss }] = await measureImages(victim, attack, {
    ...{ images: [image], labels: [0], indices: [0] },
  }, setting);
  assertAlmostEquals(margin_loss, 0.5 - 1, 1e-6);
  // no other corner of the largest ball lets class 2 overtake class 1, and the ascent is level there
  // R = max(0, z_2 - z_1 + <w_2 - w_1, delta>) with classes 1, the highest other one, and 2
  const slope = weights.reduce((sum, [, a, b]) => sum + Math.abs(b - a), 0);
  setting.epsilons.forEach((epsilon, k) =>
    assertAlmostEquals(margin_omega[k], Math.max(0, -1.2 - 0.5 + epsilon * slope), 1e-6)
  );
});
