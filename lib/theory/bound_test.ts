import { assertEquals, assertThrows } from "@std/assert";
import { boundRadius, runningMaximum, satisfiesBound } from "./bound.ts";
import { distribution, orNull } from "./distribution.ts";
import { boundSummary, CROSS_ENTROPY_BOUND } from "./judge.ts";
import type { ImageRecord } from "./record.ts";
import { gridWith, theorySchema } from "./setting.ts";
import { crossEntropyOf, MARGIN } from "./slopes.ts";

const epsilons = [0, 0.1, 0.2, 0.4];

Deno.test("boundRadius() is the largest radius at which inequality (6) holds", () => {
  const cases: [gap: number, norm: number, omega: number[], radius: number][] = [
    [1, 5, [0, 0, 0, 0], 0.2], // linear: the gap over the norm
    [1, 1, [0, 0, 0, 0], 0.4], // the grid ends first
    [1, 0, [0, 0, 0.5, 2], 0.2], // a flat loss: as far as omega stays below the gap
    [1, 5, [0, 0.05, 0.25, 2], 0.15], // between 0.1 and 0.2 omega is that of 0.2
    [1, 5, [0, 0.25, 0.75, 2], 0.1],
    [1, 5, [0, 1.5, 1.5, 2], 0], // omega alone is too large
    [-1, 5, [0, 0, 0, 0], 0], // not sure of its class at the image itself
  ];
  for (const [gap, norm, omega, radius] of cases) {
    assertEquals(boundRadius({ gap, norm, epsilons, omega }), radius);
  }
});

Deno.test("satisfiesBound() agrees with the radius at each place of the grid", () => {
  const input = { gap: 1, norm: 5, epsilons, omega: [0, 0.25, 0.75, 2] };
  assertEquals(epsilons.map((_, k) => satisfiesBound(input, k)), [true, true, false, false]);
  assertEquals(runningMaximum([0, 2, 1, 3]), [0, 2, 2, 3]);
});

/** An image of loss 0 and norm 1, whose nearest adversarial perturbation has radius 0.25. */
const image = (omega: readonly number[], found_error: number): ImageRecord => ({
  ...{ index: 7, label: 0, correct: true, loss: 0, gradient_norm: 1, omega, found_error },
  ...{ found_radius: 0.25, found_by: "fab", margin_found_error: 0 },
  ...{ margin_loss: 0, margin_gradient_norm: 0, margin_omega: omega, small_errors: [] },
  linearization_error: { fgsm: [], pgd: [], sign: [], uniform: [] },
  lipschitz_quotient: { fgsm: [], pgd: [] },
  ...{ residual: 0, integral_residual: 0 },
});

Deno.test("boundSummary() names an image whose omega a search missed, and clears it by its own R", () => {
  const grid = { epsilons, epsilon: 0.2 };
  // log 2 = 0.693 > 0.4: with omega 0 the bound is the grid's end, beyond the radius found
  const missed = boundSummary([image([0, 0, 0, 0], 0.5)], grid, CROSS_ENTROPY_BOUND);
  assertEquals(missed.violated, [{ index: 7, bound: 0.4, found_radius: 0.25, found_error: 0.5 }]);
  assertEquals([missed.satisfied, missed.violated_given_its_own_error], [1, 0]);
  // an R that cannot be of a perturbation that leaves the class: a fault, and shown as one
  const fault = boundSummary([image([0, 0, 0, 0], 0)], grid, CROSS_ENTROPY_BOUND);
  assertEquals(fault.violated_given_its_own_error, 1);
  // omega of all images takes the place of the image's own
  const paper = boundSummary([image([0, 0, 0, 0], 0.5)], grid, CROSS_ENTROPY_BOUND, [0, 1, 1, 1]);
  assertEquals([paper.satisfied, paper.positive, paper.tightness], [0, 0, null]);
});

Deno.test("distribution() has NumPy's quantiles", () => {
  const { min, q05, q25, q50, q95, max, mean, negative } = distribution([4, -1, 0, 2, 5]);
  assertEquals([min, q05, q25, q50, q95, max, mean, negative], [-1, -0.8, 0, 2, 4.8, 5, 2, 0.2]);
  assertEquals(orNull([]), null);
  assertThrows(() => distribution([]), RangeError, "Cannot take quantiles of no numbers");
});

Deno.test("crossEntropyOf() and the margin take logits of any size", () => {
  assertEquals(crossEntropyOf([1000, 0], 0), 0);
  assertEquals(crossEntropyOf([1000, 0], 1), 1000);
  assertEquals(crossEntropyOf([3, 3], 1), Math.LN2);
  assertEquals([MARGIN.valueOf([1, 4, 2], 1), MARGIN.valueOf([1, 4, 2], 0)], [-2, 3]);
});

Deno.test("theorySchema refuses radii that do not rise from 0", () => {
  const issuesOf = (epsilons: unknown) => {
    const issues: { path: string; text: string }[] = [];
    theorySchema({ images: 1, epsilons, steps: 1 }, "theory", issues);
    return issues.map(({ path, text }) => `${path} ${text}`);
  };
  assertEquals(issuesOf([0, "4/255", "8/255"]), []);
  assertEquals(issuesOf([0.1, 0.2]), ["theory.epsilons[0] is 0.1, expected 0"]);
  assertEquals(issuesOf([0, 0.2, 0.2]), [
    "theory.epsilons[2] is 0.2, expected more than the one before",
  ]);
  assertEquals(gridWith([0, 0.1, 0.3], 0.2), [0, 0.1, 0.2, 0.3]);
  assertEquals(gridWith([0, 0.1], 0.1), [0, 0.1]);
});
