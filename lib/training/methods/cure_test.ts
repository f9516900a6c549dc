import { assertEquals } from "@std/assert";
import { openEngine } from "../../engines/mod.ts";
import { objectiveOf } from "../method.ts";
import type { PassOptions } from "../step_context.ts";
import { curved, openProblem } from "./_problem.ts";
import { method as cure } from "./cure.ts";

Deno.test("cure moves running statistics once, by the pass that it classifies", async () => {
  const passes: PassOptions["mode"][] = [];
  using engine = await openEngine({ kind: "cpu" });
  using problem = await openProblem(engine, objectiveOf(cure, cure.defaults), {
    ...curved,
    logits(weights, images, options) {
      passes.push(options?.mode);
      return curved.logits(weights, images);
    },
  });
  await problem.run();
  assertEquals(passes, ["eval", "eval", "eval", undefined]);
});
