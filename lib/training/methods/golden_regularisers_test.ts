/** Methods that penalise input gradients beside PyTorch in float64, on a small smooth network. */
import { assertEquals } from "@std/assert";
import { assertClose } from "../../../tests/close.ts";
import golden from "../../../tests/golden/regularisers.json" with { type: "json" };
import { decodeFloats } from "../../../tests/golden_values.ts";
import { hashed } from "../../../tests/hashed.ts";
import { openEngine } from "../../engines/mod.ts";
import type { Issue } from "../../schema.ts";
import { type Method, objectiveOf } from "../method.ts";
import { classes, curved, openProblem, shape } from "./_problem.ts";
import { method as cure } from "./cure.ts";
import { method as deepDataGradient } from "./deep_data_gradient.ts";
import { method as fgsmAug } from "./fgsm_aug.ts";
import { method as gradientFamily } from "./gradient_family.ts";
import { method as igrFd } from "./igr_fd.ts";
import { method as igrL1Db } from "./igr_l1_db.ts";
import { method as igrL2 } from "./igr_l2.ts";

const methods = [cure, deepDataGradient, fgsmAug, gradientFamily, igrFd, igrL1Db, igrL2];

for (const { method: name, parameters, ...expected } of golden.cases) {
  Deno.test(`method ${name} with ${JSON.stringify(parameters)} is PyTorch's`, async () => {
    assertEquals([golden.shape, golden.classes], [[...shape], classes]);
    const method = methods.find((method) => method.name === name) as Method, issues: Issue[] = [];
    const objective = objectiveOf(method, method.parameters(parameters, "", issues));
    assertEquals(issues, []);
    using engine = await openEngine({ kind: "cpu" });
    using problem = await openProblem(engine, objective, curved);
    const found = await problem.run({
      images: hashed("regularisers:images", shape, 0, 1),
      ...Object.fromEntries(
        Object.entries(curved.weights).map(([name, of]) => [
          name,
          hashed(`regularisers:${name}`, of, -1, 1),
        ]),
      ),
    });
    const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, label: string) =>
      assertClose(actual, expected, 2e-6, { label });
    close(found.loss, [expected.loss], "loss");
    for (const [name, text] of Object.entries(expected.gradients)) {
      close(found[`gradient/${name}`], decodeFloats(text), `gradient of ${name}`);
    }
    const [norm] = found.inputGradientNorm; // 0 where the method does not compute it
    if (norm !== 0) close([norm], [expected.input_gradient_norm], "input gradient norm");
  });
}
