import { assertEquals, assertThrows } from "@std/assert";
import { planAutoAttack } from "../_rules.ts";
import type { AutoAttackSettings } from "./autoattack.ts";

const victim = { classes: 10, image: [32, 32, 3] as const };
const plan = (change: Partial<AutoAttackSettings>, classes = 10) =>
  planAutoAttack({ ...victim, classes }, change, 8 / 255, 0);
const counts = (attacks: ReturnType<typeof plan>) =>
  attacks.map(({ name, variants, evaluations, cost }) => [name, variants, evaluations, cost]);

Deno.test("planAttacks() standard has the published order, targets and iterations", () => {
  assertEquals(counts(plan({})), [
    ["apgd-ce", 1, 101, 303],
    ["apgd-t", 9, 101, 2727],
    ["fab-t", 9, 200, 3600],
    ["square", 1, 5001, 5001],
  ]);
});

Deno.test("planAttacks() plus restarts the attacks without targets five times", () => {
  assertEquals(counts(plan({ version: "plus" })), [
    ["apgd-ce", 5, 101, 1515],
    ["apgd-dlr", 5, 101, 1515],
    ["fab", 5, 1000, 14000],
    ["square", 1, 5001, 5001],
    ["apgd-t", 9, 101, 2727],
    ["fab-t", 9, 200, 3600],
  ]);
});

Deno.test("planAttacks() rand averages twenty gradients at each point", () => {
  assertEquals(counts(plan({ version: "rand" })), [
    ["apgd-ce", 1, 2020, 6060],
    ["apgd-dlr", 1, 2020, 6060],
  ]);
});

Deno.test("planAttacks() custom takes a list, restarts and EOT of one's own", () => {
  const attacks = ["square", "apgd-ce"] as const;
  assertEquals(counts(plan({ version: "custom", attacks, restarts: 2, eot: 3 })), [
    ["square", 1, 5001, 5001],
    ["apgd-ce", 2, 303, 1818],
  ]);
});

Deno.test("planAttacks() has no more targets than other classes", () => {
  assertEquals(plan({}, 5).map(({ variants }) => variants), [1, 4, 4, 1]);
});

Deno.test("planAttacks() refuses what it does not know and too few classes", () => {
  const cases: [Partial<AutoAttackSettings>, number, string][] = [
    [{}, 3, "Cannot run apgd-t on 3 classes: its loss needs at least 4"],
    [{ version: "rand" }, 2, "Cannot run apgd-dlr on 2 classes: its loss needs at least 3"],
    [{ version: "plus", restarts: 0 }, 10, "restarts is 0, expected a whole number, at least 1"],
    [{ eot: 0 }, 10, "eot is 0, expected a whole number, at least 1"],
    [{ fab_targets: 0 }, 10, "fab_targets is 0, expected a whole number, at least 1"],
    [{ square_queries: 1.5 }, 10, "square_queries is 1.5, expected a whole number"],
    [{ version: "custom" }, 10, "attacks is missing, expected the list of attacks of version"],
    [
      { version: "best" as "plus" },
      10,
      'version is "best", expected "standard" or "plus" or "rand" or "custom"',
    ],
    [
      { version: "custom", attacks: ["pgd50" as "square"] },
      10,
      'attacks[0] is "pgd50", expected "apgd-ce" or "apgd-dlr"',
    ],
  ];
  for (const [change, classes, text] of cases) {
    assertThrows(() => plan(change, classes), RangeError, text);
  }
});
