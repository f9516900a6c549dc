import { assertEquals } from "@std/assert";
import { openEngine } from "../../engines/mod.ts";
import { type Method, objectiveOf } from "../method.ts";
import type { PassOptions } from "../step_context.ts";
import { linear, openProblem } from "./_problem.ts";
import * as fgsm from "./fgsm.ts";
import * as fgsmCkpt from "./fgsm_ckpt.ts";
import * as fgsmRs from "./fgsm_rs.ts";
import * as free from "./free.ts";
import * as gradAlign from "./grad_align.ts";
import * as llr from "./llr.ts";
import * as nFgsm from "./n_fgsm.ts";
import * as pgd from "./pgd.ts";
import * as sat from "./sat.ts";

const step: PassOptions = {}, smooth: PassOptions = { smoothBackward: 10 };

/** The passes of a step with default parameters, the last that which trains the weights. */
const cases: readonly [{ readonly method: unknown }, PassOptions[]][] = [
  [fgsm, [step, step]],
  [fgsmRs, [step, step]],
  [nFgsm, [step, step]],
  [free, [step]],
  [pgd, Array(7 + 1).fill(step)],
  [fgsmCkpt, [step, { mode: "eval" }, { mode: "eval" }, step]],
  [gradAlign, [step, step, step]],
  [llr, Array(1 + 10 + 2).fill(step)],
  [sat, [smooth, smooth]],
];

for (const [module, expected] of cases) {
  const method = module.method as Method;
  Deno.test(`a step of ${method.name} has ${expected.length} passes, in these modes`, async () => {
    const passes: PassOptions[] = [];
    using engine = await openEngine({ kind: "cpu" });
    using problem = await openProblem(engine, objectiveOf(method, method.defaults), {
      weights: linear.weights,
      logits(weights, images, options = {}) {
        passes.push(options);
        return linear.logits(weights, images);
      },
    });
    await problem.run();
    assertEquals(passes, expected);
  });
}
