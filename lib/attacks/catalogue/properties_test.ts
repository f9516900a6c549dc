/** Properties that attacks have on any model, tested on many small random ones. @module */
import { assert, assertEquals } from "@std/assert";
import {
  check,
  everyAttack,
  few,
  fewSteps,
  type Problem,
  size,
  withVictim,
} from "./_random_problem.ts";
import { evaluateLogits } from "../victim/evaluate.ts";
import { planAutoAttack } from "../_rules.ts";
import { pgd } from "./_pgd.ts";
import type { Attack } from "../attack.ts";
import { runAttacks } from "../run/run_attacks.ts";
import { attack as square } from "./square.ts";
import type { Victim } from "../victim/victim.ts";

Deno.test("runAttacks() examples of every attack are in ball and box and say what is recorded", () =>
  check(10, (problem) =>
    withVictim(problem, async (victim, data) => {
      const { epsilon } = problem, { images } = data;
      for (const attack of everyAttack(victim, problem)) {
        const options = { ...data, epsilon, attacks: [attack] };
        const { adversarial, clean, robust, brokenBy } = await runAttacks(victim, options);
        adversarial.forEach((v, i) =>
          assert(Math.abs(v - images[i]) <= epsilon && v >= 0 && v <= 1, attack.name)
        );
        const again = await evaluateLogits(victim, { ...data, images: adversarial });
        assertEquals(again.correct.map((correct, i) => correct && clean[i]), robust);
        robust.forEach((robust, i) => {
          assertEquals(brokenBy[i], clean[i] && !robust ? attack.name : null);
          const moved = adversarial.subarray(i * size, (i + 1) * size)
            .some((v, k) => v !== images[i * size + k]);
          assert(!moved || brokenBy[i] !== null, "an image that is not broken stays as it is");
        });
      }
    })));

// Where a longer run passes through all points of the shorter one, no image can become robust again.
// That is so for the attacks below. It is not for APGD's iterations and Square's stretched schedule,
// whose checkpoints are shares of the whole budget, nor for PGD that keeps its last point, which may
// walk in again: there more iterations are other iterations, better ones only on the average.

/** Asserts that each list of attacks leaves only images robust that the one before left robust. */
const assertFalling = (problem: Problem, lists: (victim: Victim) => readonly Attack[][]) =>
  withVictim(problem, async (victim, data) => {
    let before: readonly boolean[] = Array.from(data.labels, () => true);
    for (const attacks of lists(victim)) {
      const { epsilon } = problem;
      const { robust } = await runAttacks(victim, { ...data, epsilon, attacks });
      robust.forEach((robust, i) => assert(!robust || before[i]));
      before = robust;
    }
  });

Deno.test("pgd() that keeps any point: more steps and restarts make no image robust again", () =>
  check(
    15,
    (problem) =>
      assertFalling(
        problem,
        () =>
          [[1, 1], [3, 1], [7, 1], [7, 2], [7, 3]].map(([steps, restarts]) => [
            pgd("pgd", { ...fewSteps, steps, restarts }, problem),
          ]),
      ),
  ));

Deno.test("square() on its own schedule: more queries make no image robust again", () =>
  check(10, (problem) =>
    assertFalling(problem, ({ image }) =>
      [1, 5, 20, 60].map((queries) => [
        square.create({ queries, rescale_schedule: false }, { ...problem, image }),
      ]))));

for (
  const [name, key, values] of [
    ["fab-t", "fab_iterations", [1, 2, 5, 12]],
    ["fab-t", "fab_targets", [1, 2, 5]],
    ["fab", "fab_iterations", [1, 2, 5, 12]],
    ["fab", "restarts", [1, 2, 4]],
    ["apgd-t", "apgd_targets", [1, 2, 5]],
    ["apgd-ce", "restarts", [1, 2, 4]],
    ["apgd-dlr", "restarts", [1, 2, 4]],
  ] as const
) {
  Deno.test(`planAttacks() ${name}: more ${key} make no image robust again`, () =>
    check(12, (problem) =>
      assertFalling(problem, (victim) =>
        values.map((value) =>
          planAutoAttack(
            victim,
            { ...few, apgd_iterations: 2, version: "custom", attacks: [name], [key]: value },
            problem.epsilon,
            problem.seed,
          )
        ))));
}

Deno.test("runAttacks() a longer list makes no image robust again", () =>
  check(6, (problem) =>
    assertFalling(problem, (victim) => {
      const all = everyAttack(victim, problem);
      return [1, 2, 4, all.length].map((length) => all.slice(0, length));
    })));

Deno.test("fab-t in a larger ball makes no image robust again: its walk does not know epsilon", () =>
  check(8, (problem) =>
    withVictim(problem, async (victim, data) => {
      let before: readonly boolean[] = Array.from(data.labels, () => true);
      for (const epsilon of [0.01, 0.03, 0.1, 0.3, 1]) {
        const settings = { ...few, version: "custom", attacks: ["fab-t"] } as const;
        const attacks = planAutoAttack(victim, settings, epsilon, problem.seed);
        const { robust } = await runAttacks(victim, { ...data, epsilon, attacks });
        robust.forEach((robust, i) => assert(!robust || before[i]));
        before = robust;
      }
    })));
