/** Attacks where there is little to attack, and in blocks of any size and order. @module */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { openEngine } from "../../engines/mod.ts";
import { stream } from "../../random/philox.ts";
import { linearClassifier } from "../_linear_classifier.ts";
import { losses } from "../_rules.ts";
import { check, everyAttack, problems, shape, size, withVictim } from "./_random_problem.ts";
import { evaluateLogits } from "../victim/evaluate.ts";
import type { RunAttacksResult } from "../run/options.ts";
import { runAttacks } from "../run/run_attacks.ts";
import { createVictim } from "../victim/create_victim.ts";

const timeless = ({ attacks, ...rest }: RunAttacksResult) => ({
  ...rest,
  attacks: attacks.map(({ seconds: _, ...record }) => record),
});

Deno.test("runAttacks() a batch size changes nothing", () =>
  fc.assert(
    fc.asyncProperty(
      problems,
      fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 6, max: 40 })),
      async (problem, sizes) => {
        const [one, other] = await Promise.all(sizes.map((batchSize) =>
          withVictim(problem, async (victim, data) => {
            const { epsilon } = problem;
            // first those of several runs an image: which of them ends first depends on the block
            const attacks = everyAttack(victim, problem)
              .toSorted((a, b) => b.variants - a.variants);
            return timeless(await runAttacks(victim, { ...data, epsilon, attacks }));
          }, batchSize)
        ));
        assertEquals(one, other);
      },
    ),
    { numRuns: 12 },
  ));

Deno.test("runAttacks() the order and number of the other images change nothing", () =>
  check(6, (problem) =>
    withVictim(problem, async (victim, { images, labels }) => {
      const { epsilon, seed, count } = problem, attacks = everyAttack(victim, problem);
      const whole = await runAttacks(victim, { images, labels, epsilon, attacks });
      const chosen = [...stream(seed, "order").permutation(count)].slice(0, Math.ceil(count / 2));
      const some = await runAttacks(victim, {
        images: Float32Array.from(chosen.flatMap((i) => [
          ...images.subarray(i * size, (i + 1) * size),
        ])),
        labels: chosen.map((i) => labels[i]),
        indices: chosen,
        epsilon,
        attacks,
      });
      chosen.forEach((i, k) => {
        assertEquals(some.brokenBy[k], whole.brokenBy[i]);
        assertEquals(
          some.adversarial.subarray(k * size, (k + 1) * size),
          whole.adversarial.subarray(i * size, (i + 1) * size),
        );
      });
    })));

/** Attacks a linear model with the given biases with everything. */
async function attackLinear(
  labels: readonly number[],
  { biases = [0, 0, 0, 0], scale = 0, epsilon = 0.1 } = {},
) {
  using engine = await openEngine({ kind: "cpu" });
  const w = stream(3, "weights").fill(new Float32Array(4 * size), -scale, scale);
  const classifier = linearClassifier(shape, w, biases);
  using victim = createVictim({ engine, classifier, batchSize: 4, losses });
  const images = new Float32Array(labels.length * size).fill(0.5);
  const problem = { seed: 1, kind: "linear", classes: 4, count: labels.length, epsilon } as const;
  const attacks = everyAttack(victim, problem);
  const result = await runAttacks(victim, { images, labels, epsilon, attacks });
  const { correct } = await evaluateLogits(victim, { images, labels });
  assertEquals(result.clean, correct);
  assertEquals(result.attacks.map(({ name }) => name), attacks.map(({ name }) => name));
  return { ...result, images };
}

Deno.test("runAttacks() a constant model stays robust, and its zero gradients are counted", async () => {
  for (const biases of [[0, 0, 0, 0], [0, 30, 0, 0], [1, 2, 2, 1]]) {
    const label = biases.indexOf(Math.max(...biases));
    const found = await attackLinear([label, label, 3, label], { biases });
    assertEquals(found.robust, [true, true, false, true]);
    assertEquals(found.adversarial, found.images);
    assertEquals(found.zeroGradients, 3);
    assertEquals(found.attacks.map(({ robust_after }) => robust_after), found.attacks.map(() => 3));
  }
});

Deno.test("runAttacks() one image, none left robust, all misclassified, and no image at all", async () => {
  const biases = [0.001, 0, 0, 0], scale = 2;
  const winner = (await attackLinear([0, 1, 2, 3], { scale })).clean.indexOf(true);
  const one = await attackLinear([winner], { scale, epsilon: 1 });
  assertEquals([one.clean, one.robust], [[true], [false]]);
  // the first attack breaks all: the others have nothing to do
  const none = await attackLinear([winner, winner, winner], { scale, epsilon: 1 });
  assertEquals(none.robustAccuracy, 0);
  assert(none.attacks[0].robust_before === 3);
  none.attacks.slice(1).forEach(({ robust_before, robust_after }, i) =>
    assertEquals([robust_before, robust_after], [none.attacks[i].robust_after, 0])
  );
  const wrong = await attackLinear([1, 2, 3], { biases });
  assertEquals([wrong.cleanAccuracy, wrong.robustAccuracy], [0, 0]);
  assertEquals(wrong.adversarial, wrong.images);
  assertEquals(wrong.brokenBy, [null, null, null]);
  assert(
    wrong.attacks.every(({ robust_before, robust_after }) => robust_before + robust_after === 0),
  );
  const empty = await attackLinear([]);
  assertEquals([empty.robust, empty.robustAccuracy, empty.adversarial.length], [[], 0, 0]);
});

Deno.test("runAttacks() with epsilon 0 leaves every image as it is, and robust what is clean", () =>
  check(8, (problem) =>
    withVictim(problem, async (victim, data) => {
      const attacks = everyAttack(victim, { ...problem, epsilon: 0 });
      const found = await runAttacks(victim, { ...data, epsilon: 0, attacks });
      assertEquals(found.robust, found.clean);
      assertEquals(found.adversarial, data.images);
      assertEquals(found.brokenBy, found.clean.map(() => null));
      const correct = found.clean.filter(Boolean).length;
      assertEquals(
        found.attacks.map(({ robust_after }) => robust_after),
        attacks.map(() => correct),
      );
    })));
