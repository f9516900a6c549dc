import { assert, assertAlmostEquals } from "@std/assert";
import { type Engine, openEngine } from "../../engines/mod.ts";
import { stream } from "../../random/philox.ts";
import { hiddenClassifier, linearClassifier } from "../_linear_classifier.ts";
import { losses } from "../_rules.ts";
import type { Request, Response } from "../attack.ts";
import { createVictim } from "./create_victim.ts";

const sorted = (z: ArrayLike<number>) => Array.from(z).sort((a, b) => b - a);

const formulas: Record<string, (z: Float32Array, r: Request) => number> = {
  cross_entropy: (z, { label }) => Math.log(z.reduce((sum, v) => sum + Math.exp(v), 0)) - z[label],
  dlr(z, { label }) {
    const [first, second, third] = sorted(z);
    const other = z[label] === first ? second : first;
    return -(z[label] - other) / (first - third + 1e-12);
  },
  targeted_dlr(z, { label, target }) {
    const [first, , third, fourth] = sorted(z);
    return -(z[label] - z[target!]) / (first - (third + fourth) / 2 + 1e-12);
  },
  difference: (z, { label, target }) => z[target!] - z[label],
};

const image = [2, 3, 2] as const, pixels = 12;

async function answers(engine: Engine, requests: Request[]): Promise<Response[]> {
  const uniform = stream(5, "weights").uniform;
  const classifier = hiddenClassifier(image, 8, 6, uniform);
  using victim = createVictim({ engine, classifier, batchSize: requests.length, losses });
  return await victim.evaluate(requests);
}

function points(count: number): Float32Array[] {
  const random = stream(1, "points");
  return Array.from({ length: count }, () => random.fill(new Float32Array(pixels), 0.1, 0.9));
}

for (const loss of Object.keys(formulas)) {
  Deno.test(`gradientProgram() ${loss} has the formula's value`, async () => {
    using engine = await openEngine({ kind: "cpu" });
    const requests = points(10).map((point, i) => ({
      point,
      label: i % 6,
      target: (i * 2 + 1) % 6 === i % 6 ? (i + 1) % 6 : (i * 2 + 1) % 6,
      loss,
    }));
    (await answers(engine, requests)).forEach((answer, i) => {
      assertAlmostEquals(answer.loss, formulas[loss](answer.logits, requests[i]), 1e-5);
    });
  });
}

for (const loss of Object.keys(losses)) {
  Deno.test(`gradientProgram() ${loss} has the gradient of finite differences`, async () => {
    using engine = await openEngine({ kind: "cpu" });
    const [point] = points(1), h = 2e-3;
    const at = (i: number, shift: number) => point.map((v, j) => j === i ? v + shift : v);
    const request = { point, label: 2, target: 4, loss };
    const shifted = Array.from({ length: pixels }, (_, i) => [at(i, h), at(i, -h)]).flat();
    const [center, ...around] = await answers(
      engine,
      [point, ...shifted].map((point) => ({ ...request, point })),
    );
    for (let i = 0; i < pixels; i++) {
      const numeric = (around[2 * i].loss - around[2 * i + 1].loss) / (2 * h);
      assertAlmostEquals(center.gradient[i], numeric, 2e-3 * Math.max(1, Math.abs(numeric)));
    }
    assert(center.gradient.some((v) => Math.abs(v) > 0.05), "a gradient that is not all zero");
  });
}

Deno.test("gradientProgram() answers mixed losses in one block as it does each alone", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const names = Object.keys(losses);
  const requests = points(3).map((point, i) => ({ point, label: 0, target: 1, loss: names[i] }));
  const together = await answers(engine, requests);
  for (const [i, request] of requests.entries()) {
    const [alone] = await answers(engine, [request]);
    assertAlmostEquals(together[i].loss, alone.loss, 0);
    together[i].gradient.forEach((v, j) => assertAlmostEquals(v, alone.gradient[j], 0));
  }
});

Deno.test("gradientProgram() equal logits give finite DLR and zero gradients", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const classifier = linearClassifier(image, new Float32Array(pixels * 5), [1, 1, 1, 1, 1]);
  using victim = createVictim({ engine, classifier, batchSize: 1, losses });
  const [answer] = await victim.evaluate([
    { point: points(1)[0], label: 0, target: 1, loss: "targeted_dlr" },
  ]);
  assert(answer.loss === 0 && answer.gradient.every((v) => v === 0));
});
