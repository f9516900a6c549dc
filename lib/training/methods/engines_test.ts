import { assertEquals } from "@std/assert";
import { assertClose } from "../../../tests/close.ts";
import { engines } from "../../../tests/engines.ts";
import { openEngine } from "../../engines/mod.ts";
import { loadRules } from "../../rules/mod.ts";
import { type Method, objectiveOf } from "../method.ts";
import { curved, kinked, openProblems } from "./_problem.ts";

/** Where two sums of float32 that should be the same may differ, relative to their norm. */
const rounding = 1e-5;

/**
 * Fewer steps, which are lowered as more are, in a ball so large that an error of linearity, which LLR
 * steps by, is more than rounding.
 */
const fewSteps = (defaults: object) =>
  Object.hasOwn(defaults, "steps") ? { ...defaults, steps: 2, epsilon: 0.25 } : defaults;

const problems = Object.values(await loadRules<Method>("method")).map((method) => {
  const objective = objectiveOf(method, fewSteps(method.defaults as object));
  // only SAT's passes have to do with what the activation is
  return [objective, method.name === "sat" ? kinked : curved] as const;
});

for (const { label, ignore, open } of (await engines()).slice(1)) {
  Deno.test({
    name: `methods compute on ${label} what they do on cpu`,
    ignore,
    fn: async (t) => {
      using cpu = await openEngine({ kind: "cpu" });
      using expected = await openProblems(cpu, problems);
      using engine = await open();
      using compiled = await openProblems(engine, problems);
      const wanted = await expected.run(), found = await compiled.run();
      assertEquals(Object.keys(found).toSorted(), Object.keys(wanted).toSorted());
      for (const [{ name }] of problems) {
        await t.step(name, () => {
          for (const [label, values] of Object.entries(wanted)) {
            if (!label.startsWith(`${name}: `)) continue;
            assertClose(found[label], values, rounding, { label });
          }
        });
      }
    },
  });
}
