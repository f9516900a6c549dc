/** Adversarial training beside PyTorch in float64, which `tests/golden/make_adversarial.py` ran. */
import { assertEquals } from "@std/assert";
import { assertClose } from "../../../tests/close.ts";
import golden from "../../../tests/golden/adversarial_methods.json" with { type: "json" };
import { decodeFloats } from "../../../tests/golden_values.ts";
import { hashed } from "../../../tests/hashed.ts";
import { openEngine } from "../../engines/mod.ts";
import type { Issue } from "../../schema.ts";
import { type Method, objectiveOf } from "../method.ts";
import { curved, kinked, openProblem, shape } from "./_problem.ts";
import * as fgsmCkpt from "./fgsm_ckpt.ts";
import * as fgsmRs from "./fgsm_rs.ts";
import * as free from "./free.ts";
import * as gradAlign from "./grad_align.ts";
import * as llr from "./llr.ts";
import * as nFgsm from "./n_fgsm.ts";
import * as pgd from "./pgd.ts";
import * as sat from "./sat.ts";

const methods = [fgsmCkpt, fgsmRs, free, gradAlign, llr, nFgsm, pgd, sat]
  .map(({ method }) => method as Method);

const draw = (name: string, of: readonly number[], low: number, high: number) =>
  hashed(`${golden.seed}:${name}`, of, low, high);

/** What both sides start from, by the names of the problem's inputs. */
const inputs = {
  filters: draw("filters", curved.weights.filters, -1, 1),
  matrix: draw("matrix", curved.weights.matrix, -2, 2),
  images: draw("images", shape, 0, 1),
  noise: draw("noise", shape, -1, 1),
  "method/perturbation": draw("perturbation", shape, -golden.epsilon, golden.epsilon),
};

for (const { method: name, parameters, ...expected } of golden.cases) {
  const { epsilon: _, ...others } = parameters;
  Deno.test(`objective of ${name} with ${JSON.stringify(others)} is PyTorch's`, async () => {
    const method = methods.find((one) => one.name === name)!, issues: Issue[] = [];
    const objective = objectiveOf(method, method.parameters(parameters, "", issues));
    assertEquals(issues, []);
    using engine = await openEngine({ kind: "cpu" });
    // only SAT asks for anything of an activation
    using problem = await openProblem(engine, objective, name === "sat" ? kinked : curved);
    const found = await problem.run(inputs);
    assertClose(found.loss, [expected.loss], 1e-6, { label: "loss" });
    for (const weight of ["filters", "matrix"] as const) {
      const label = `gradient of ${weight}`;
      assertClose(found[`gradient/${weight}`], decodeFloats(expected[weight]), 1e-5, { label });
    }
    if (expected.perturbation === undefined) return;
    const label = "perturbation", after = decodeFloats(expected.perturbation);
    assertClose(found["method/perturbation"], after, 1e-6, { label });
  });
}
