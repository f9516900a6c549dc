import { assert } from "@std/assert";
import { assertClose } from "../../../tests/close.ts";
import { openEngine } from "../../engines/mod.ts";
import { objectiveOf } from "../method.ts";
import { curved, given, openProblem, shape } from "./_problem.ts";
import { method as fgsmAug } from "./fgsm_aug.ts";
import { method as natural } from "./natural.ts";

/** Places in [0, 1] and weights of Gauss' quadrature, exact for polynomials of degree 9. */
const quadrature = [
  [0.5, 64 / 225],
  ...[[1, 322 + 13 * Math.sqrt(70)], [-1, 322 - 13 * Math.sqrt(70)]].flatMap(([inner, weight]) =>
    [1, -1].map((side) => {
      const place = Math.sqrt(5 - inner * 2 * Math.sqrt(10 / 7)) / 3;
      return [(1 + side * place) / 2, weight / 1800];
    })
  ),
];

Deno.test("fgsm-aug minimises what equation (7) says, step after step", async () => {
  const epsilon = 0.2, rate = 0.5, count = shape[0];
  using engine = await openEngine({ kind: "cpu" });
  using augmented = await openProblem(
    engine,
    objectiveOf(fgsmAug, { epsilon, clip: false }),
    curved,
  );
  using plain = await openProblem(engine, {
    ...objectiveOf(natural, {}),
    constants: ({ inputGradient, images }) => ({ gradient: inputGradient(images) }),
  }, curved);
  const { images, filters, matrix } = given(objectiveOf(natural, {}), curved);
  const weights: Record<string, Float32Array<ArrayBuffer>> = {
    // more curved than the problem's own
    filters: Float32Array.from(filters, (weight) => 3 * weight),
    matrix: Float32Array.from(matrix, (weight) => 3 * weight),
  };
  for (let step = 0; step < 4; step++) {
    const at = async (images: Float32Array<ArrayBuffer>) => {
      const { loss, "constant/gradient": gradient } = await plain.run({ ...weights, images });
      return { loss: loss[0], gradient };
    };
    const x = Float32Array.from(images), { loss, gradient } = await at(x);
    const delta = gradient.map((value) => epsilon * Math.sign(value));
    // R(x, delta), the integral of <grad L(x + t delta) - grad L(x), delta> over t in [0, 1]
    let error = 0;
    for (const [t, weight] of quadrature) {
      const { gradient: there } = await at(x.map((pixel, i) => pixel + t * delta[i]));
      error += weight * there.reduce((sum, g, i) => sum + (g - gradient[i]) * delta[i], 0) / count;
    }
    const norm = gradient.reduce((sum, value) => sum + Math.abs(value), 0) / count;
    const found = await augmented.run(weights), label = `step ${step}`;
    assert(Math.abs(error) > 1e-3, `R is ${error}, too small to tell`);
    assertClose(found.crossEntropy, [loss + epsilon * norm + error], 1e-6, { label });
    assertClose(found.loss, [2 * loss + epsilon * norm + error], 1e-6, { label });
    assertClose(found.inputGradientNorm, [norm], 1e-6, { label });
    for (const [name, values] of Object.entries(weights)) {
      const slopes = found[`gradient/${name}`];
      weights[name] = values.map((value, i) => value - rate * slopes[i]);
    }
  }
});
