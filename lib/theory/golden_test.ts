import { assert, assertAlmostEquals } from "@std/assert";
import { engines } from "../../tests/engines.ts";
import golden from "../../tests/golden/theory.json" with { type: "json" };
import { type ActivationName, curved, hashedImages, LABELS, victimOf } from "./_models.ts";
import { measureErrors } from "./errors.ts";
import { l1Norm } from "./linearization.ts";
import { fgsmDirection } from "./perturbations.ts";
import { CROSS_ENTROPY, MARGIN, slopesOf } from "./slopes.ts";

/** Rounding of float32: of a loss, and as a share of a gradient's norm. */
const LOSS = 2e-6, SHARE = 2e-5;

for (const { label, ignore, open } of await engines()) {
  Deno.test({
    name: `measureErrors() ${label} gives PyTorch's R, norms and quotients`,
    ignore,
    async fn() {
      using engine = await open();
      const images = hashedImages("images", 0), uniform = hashedImages("uniform", -1);
      for (const name of ["softplus", "gelu", "relu"] satisfies ActivationName[]) {
        using victim = victimOf(engine, curved(name), images.length);
        for (const loss of [CROSS_ENTROPY, MARGIN]) {
          const expected = golden[name][loss.name as "margin"], slopes = slopesOf(victim, loss);
          const cleans = await slopes(images.map((point, i) => ({ point, label: LABELS[i] })));
          const subjects = cleans.map((clean, index) => ({
            ...{ image: images[index], label: LABELS[index], index, logits: clean.logits, clean },
          }));
          const fgsm = cleans.map(({ gradient }) => fgsmDirection(gradient));
          const found = await measureErrors(slopes, subjects, { fgsm, sign: fgsm, uniform }, {
            epsilons: [0, 0.02, 0.1],
            steps: 1,
          });
          found.forEach(({ error, quotient, omega }, i) => {
            const what = `${name} ${loss.name} ${i}`;
            assertAlmostEquals(cleans[i].loss, expected.loss[i], LOSS, what);
            const norm = expected.norm[i];
            assertAlmostEquals(l1Norm(cleans[i].gradient), norm, SHARE * norm, what);
            for (const ray of ["fgsm", "uniform"] as const) {
              for (const k of [0, 1]) {
                assertAlmostEquals(error[ray][k + 1], expected[ray].errors[k][i], LOSS, what);
                assertAlmostEquals(
                  quotient[ray][k + 1],
                  expected[ray].quotients[k][i],
                  SHARE * norm / [0.02, 0.1][k],
                  what,
                );
                assert(omega[k + 1] >= error[ray][k + 1], what);
              }
            }
          });
        }
      }
    },
  });
}
