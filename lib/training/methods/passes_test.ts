import { assertEquals } from "@std/assert";
import { openEngine } from "../../engines/mod.ts";
import { type Method, objectiveOf } from "../method.ts";
import type { PassOptions } from "../step_context.ts";
import { linear, openProblem } from "./_problem.ts";
import * as cure from "./cure.ts";
import * as deepDataGradient from "./deep_data_gradient.ts";
import * as fgsm from "./fgsm.ts";
import * as fgsmAug from "./fgsm_aug.ts";
import * as fgsmCkpt from "./fgsm_ckpt.ts";
import * as fgsmRs from "./fgsm_rs.ts";
import * as free from "./free.ts";
import * as gradAlign from "./grad_align.ts";
import * as gradientFamily from "./gradient_family.ts";
import * as igr from "./igr.ts";
import * as igrFd from "./igr_fd.ts";
import * as igrL1Db from "./igr_l1_db.ts";
import * as igrL2 from "./igr_l2.ts";
import * as llr from "./llr.ts";
import * as nFgsm from "./n_fgsm.ts";
import * as pgd from "./pgd.ts";
import * as sat from "./sat.ts";

const step: PassOptions = {}, frozen: PassOptions = { mode: "eval" };
const smooth: PassOptions = { smoothBackward: 10 };

/** The passes of a step with default parameters, the last that which trains the weights. */
const cases: readonly [{ readonly method: unknown }, PassOptions[]][] = [
  [fgsm, [step, step]],
  [fgsmRs, [step, step]],
  [nFgsm, [step, step]],
  [free, [step]],
  [pgd, Array(7 + 1).fill(step)],
  [fgsmCkpt, [step, frozen, frozen, step]],
  [gradAlign, [step, step, step]],
  [llr, Array(1 + 10 + 2).fill(step)],
  [sat, [smooth, smooth]],
  [igr, [step]],
  [igrL2, [step]],
  [igrL1Db, [step]],
  [gradientFamily, [step]],
  [igrFd, [step, step, step]],
  [deepDataGradient, [step, step, step]],
  [fgsmAug, [step, step, step]],
  [cure, [frozen, frozen, frozen, step]],
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
