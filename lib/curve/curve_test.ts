import { assertEquals } from "@std/assert";
import { attack as apgd } from "../attacks/catalogue/apgd_ce.ts";
import type { Attack } from "../attacks/attack.ts";
import { openEngine } from "../engines/mod.ts";
import { linear, victimOf } from "../theory/_models.ts";
import { accuracies, checkGrey, measureCurve } from "./measure.ts";
import { attacksOf, curveSchema } from "./setting.ts";

/** Two classes of 4 pixels: the margin of class 1 is `<w, x - 1/2> + b`, `||w||_1` is 4. */
const W = [1, -0.5, 2, 0.5], NORM = 4;
const classifier = linear(W.map((w) => [0, w]), [0, 0]);

/** Grey images of both labels whose margin over the norm of the slope is known, and a wrong one. */
const SHIFTS = [0.02, 0.06, 0.11, 0.19, -0.03];
const images = {
  images: Float32Array.from(SHIFTS.flatMap((shift) => W.map((w) => 0.5 + shift * Math.sign(w)))),
  labels: SHIFTS.map(() => 1),
};
const epsilons = [0, 0.01, 0.05, 0.1, 0.15, 0.25, 0.5];

const attacksAt = (epsilon: number) => [
  apgd.create({ iterations: 10 }, { classes: 2, image: [2, 2, 1], epsilon, seed: 0 }),
];

Deno.test("measureCurve() is the share of a linear model's margins above the radius", async () => {
  using engine = await openEngine({ kind: "cpu" });
  using victim = victimOf(engine, classifier, 5);
  const falls = await measureCurve(victim, images, { epsilons, attacksAt });
  // <w, x - 1/2> = shift ||w||_1: the smallest perturbation that reaches 0 is the shift itself
  const expected = epsilons.map((epsilon) =>
    SHIFTS.filter((shift) => shift > epsilon).length / SHIFTS.length
  );
  assertEquals(accuracies(falls, epsilons), expected);
  assertEquals(falls.map(({ radius }) => radius), [0.05, 0.1, 0.15, 0.25, 0]);
  assertEquals(falls.map(({ by }) => by), [...Array(4).fill("apgd-ce"), null]);
  // logits of plain grey are equal, and the first class wins: all that stand have the other label
  assertEquals(await checkGrey(victim, images, falls, epsilons), { class: 0, missed: 0 });
  assertEquals(await checkGrey(victim, images, falls, epsilons.slice(0, -1)), null);
  assertEquals(NORM, W.reduce((sum, w) => sum + Math.abs(w), 0));
});

/** An attack that gives up at once. */
const idle: Attack = {
  ...{ name: "idle", variants: 1, evaluations: 1, cost: 1, inBall: true },
  start: () => ({}),
  request: (_, { image, label }) => ({ point: image, label }),
  advance: (_, __, { image }) => ({ point: image, fooled: false }),
};

Deno.test("checkGrey() counts images whose ball has grey in it, and that an attack missed", async () => {
  using engine = await openEngine({ kind: "cpu" });
  using victim = victimOf(engine, classifier, 5);
  const falls = await measureCurve(victim, images, { epsilons, attacksAt: () => [idle] });
  assertEquals(accuracies(falls, epsilons), epsilons.map(() => 0.8));
  assertEquals(await checkGrey(victim, images, falls, epsilons), { class: 0, missed: 4 });
});

Deno.test("measureCurve() goes on after the radii that are done, and asks no more of what fell", async () => {
  using engine = await openEngine({ kind: "cpu" });
  using victim = victimOf(engine, classifier, 5);
  const kept: string[] = [], attacked: number[] = [];
  const whole = await measureCurve(victim, images, {
    epsilons,
    attacksAt,
    onRadius: (falls) => void kept.push(JSON.stringify(falls)),
  });
  const again = await measureCurve(victim, images, {
    epsilons,
    falls: JSON.parse(kept[3]),
    attacksAt: (epsilon) =>
      attacksAt(epsilon).map((attack) => ({
        ...attack,
        start(sample, variant) {
          attacked.push(sample.index);
          return attack.start(sample, variant);
        },
      })),
  });
  assertEquals(again, whole);
  // at 0.15 and 0.25 the two that stand, then one; none at 0.5
  assertEquals(attacked, [2, 3, 3]);
});

Deno.test("curveSchema refuses radii that do not rise from 0", () => {
  const issuesOf = (epsilons: unknown) => {
    const issues: { path: string; text: string }[] = [];
    curveSchema({ images: 1, epsilons, iterations: 1 }, "curve", issues);
    return issues.map(({ path, text }) => `${path} ${text}`);
  };
  assertEquals(issuesOf([0, "4/255", "8/255"]), []);
  assertEquals(issuesOf([0.1, 0.2]), ["curve.epsilons[0] is 0.1, expected 0"]);
  assertEquals(issuesOf([0, 0.2, 0.2]), [
    "curve.epsilons[2] is 0.2, expected more than the one before",
  ]);
  assertEquals(attacksOf({ iterations: 3, restarts: 2, targets: 4 }).map(({ attack }) => attack), [
    "apgd-ce",
    "apgd-t",
  ]);
});
