import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { predict } from "../attacks/logits.ts";
import { openEngine } from "../engines/mod.ts";
import { linear, victimOf } from "../theory/_models.ts";
import { CROSS_ENTROPY, slopesOf } from "../theory/slopes.ts";
import { makeExamples } from "./examples.ts";

/** Two classes of 4 pixels, whose margin is `<w, x - 1/2>`. */
const W = [1, -0.5, 2, 0.5], NORM = 4;
const model = (slopes: readonly number[]) => linear(slopes.map((w) => [0, w]), [0, 0]);

/** Images of margin `shift ||w||_1`, in the box with their balls; the last one is misclassified. */
const SHIFTS = [0.02, 0.06, 0.19, -0.03], LABELS = SHIFTS.map(() => 1);
const images = SHIFTS.map((shift) => Float32Array.from(W, (w) => 0.5 + shift * Math.sign(w)));

Deno.test("makeExamples() goes to the corner of the ball on a linear model, whatever the verdict", async () => {
  using engine = await openEngine({ kind: "cpu" });
  using victim = victimOf(engine, model(W), 4);
  const slopes = slopesOf(victim, CROSS_ENTROPY), epsilon = 0.1;
  const made = await makeExamples(slopes, { images, labels: LABELS }, { epsilon, steps: 8 });
  for (const kind of ["fgsm", "pgd"] as const) {
    made[kind].forEach((point, i) => {
      // every pixel by epsilon against the sign of its slope: the margin falls by epsilon ||w||_1
      const margin = W.reduce((sum, w, k) => sum + w * (point[k] - 0.5), 0);
      assertAlmostEquals(margin, (SHIFTS[i] - epsilon) * NORM, 1e-6, `${kind} ${i}`);
      point.forEach((pixel, k) =>
        assert(Math.abs(pixel - images[i][k]) <= epsilon, `${kind} ${i}`)
      );
    });
  }
});

Deno.test("makeExamples() keeps to the box", async () => {
  using engine = await openEngine({ kind: "cpu" });
  using victim = victimOf(engine, model(W), 1);
  const corner = Float32Array.from(W, (w) => w > 0 ? 0.05 : 0.95);
  const setting = { epsilon: 0.2, steps: 4 }, given = { images: [corner], labels: [1] };
  const made = await makeExamples(slopesOf(victim, CROSS_ENTROPY), given, setting);
  const expected = W.map((w) => w > 0 ? 0 : 1);
  assertEquals([[...made.fgsm[0]], [...made.pgd[0]]], [expected, expected]);
});

Deno.test("makeExamples() of one linear model move another by the signs that both share", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const other = [1, 0.5, -2, 0.5]; // two of four signs are the same
  using source = victimOf(engine, model(other), 4);
  using target = victimOf(engine, model(W), 4);
  const setting = { epsilon: 0.1, steps: 8 }, given = { images, labels: LABELS };
  const { fgsm, pgd } = await makeExamples(slopesOf(source, CROSS_ENTROPY), given, setting);
  const own = await makeExamples(slopesOf(target, CROSS_ENTROPY), given, setting);
  const right = async (points: readonly Float32Array[]) => {
    const answers = await target.evaluate(points.map((point, i) => ({ point, label: LABELS[i] })));
    return answers.map(({ logits }, i) => predict(logits) === LABELS[i]);
  };
  // <sign(v), w> = 1 - (-0.5) ... : the margin falls by 0.1 (1 - 0.5 - 2 + 0.5) = -0.1, it rises
  const gain = setting.epsilon * W.reduce((sum, w, k) => sum + w * Math.sign(other[k]), 0);
  assertAlmostEquals(gain, -0.1, 1e-12);
  const expected = SHIFTS.map((shift) => shift * NORM - gain > 0);
  assertEquals([await right(fgsm), await right(pgd)], [expected, expected]);
  // its own leave what the margin decides: equal models would have the same
  assertEquals(await right(own.fgsm), SHIFTS.map((shift) => shift > setting.epsilon));
  assertEquals(await right(own.pgd), await right(own.fgsm));
});
