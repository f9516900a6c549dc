import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { engines } from "../../../tests/engines.ts";
import { openEngine } from "../../engines/mod.ts";
import { testNetwork } from "../../../tests/networks.ts";
import { initialize } from "../../models/initialize.ts";
import { classifier } from "../../models/load.ts";
import { stream } from "../../random/philox.ts";
import { linearClassifier } from "../_linear_classifier.ts";
import { losses } from "../_rules.ts";
import type { Request } from "../attack.ts";
import { createVictim } from "./create_victim.ts";

const network = testNetwork({ activation: "gelu", width: 2 });
const model = classifier(network, initialize(network, 3));
const random = stream(0, "victim test");
const requests: Request[] = Array.from({ length: 4 }, (_, i) => ({
  point: random.fill(new Float32Array(3072), 0, 1),
  label: i,
  target: i + 5,
  loss: ["cross_entropy", "dlr", "targeted_dlr"][i % 3],
}));

for (const { kind, ignore, open } of (await engines()).filter(({ kind }) => kind !== "cpu")) {
  Deno.test({
    name: `createVictim() on ${kind} answers as the eager engine does`,
    ignore,
    async fn() {
      using oracle = await openEngine({ kind: "cpu" });
      using engine = await open();
      const before = engine.live();
      {
        using expected = createVictim({ engine: oracle, classifier: model, batchSize: 4, losses });
        using victim = createVictim({ engine, classifier: model, batchSize: 8, losses });
        for (const asked of [requests, requests.map(({ point, label }) => ({ point, label }))]) {
          const right = await expected.evaluate(asked), found = await victim.evaluate(asked);
          found.forEach(({ logits, loss, gradient }, i) => {
            logits.forEach((z, c) => assertAlmostEquals(z, right[i].logits[c], 1e-5));
            assertAlmostEquals(loss, right[i].loss, 1e-4);
            const scale = Math.max(...right[i].gradient.map(Math.abs), 0);
            assertEquals(gradient.length, right[i].gradient.length);
            gradient.forEach((g, p) =>
              assertAlmostEquals(g, right[i].gradient[p], 1e-3 * scale + 1e-9)
            );
          });
        }
        await victim.evaluate(requests, 4); // a program of another size
      }
      assertEquals(engine.live(), before);
    },
  });
}

Deno.test("createVictim() refuses too large blocks and senseless sizes", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const flat = linearClassifier([1, 1, 1], [0, 0], [0, 0]);
  for (const batchSize of [0, 1.5, -1]) {
    await assertRejects(
      () => Promise.resolve().then(() => createVictim({ engine, classifier: flat, batchSize })),
      RangeError,
      `Cannot attack in blocks of ${batchSize}`,
    );
  }
  using victim = createVictim({ engine, classifier: flat, batchSize: 1 });
  const request = { point: new Float32Array(1), label: 0 };
  await assertRejects(
    () => victim.evaluate([request, request]),
    RangeError,
    "Cannot evaluate 2 points at once: expected at most 1",
  );
  await assertRejects(
    () => victim.evaluate([{ ...request, loss: "dlr" }]),
    RangeError,
    'Cannot evaluate the loss "dlr": expected cross_entropy, difference; pass the rule\'s losses',
  );
  assertEquals(await victim.evaluate([]), []);
});

Deno.test("createVictim() sizes rise to the batch size by eighths", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const flat = linearClassifier([1, 1, 1], [0, 0], [0, 0]);
  const cases: [number, number[]][] = [
    [64, [4, 8, 16, 24, 32, 40, 48, 56, 64]],
    [12, [1, 2, 4, 6, 8, 10, 12]],
    [3, [1, 2, 3]],
  ];
  for (const [batchSize, sizes] of cases) {
    using victim = createVictim({ engine, classifier: flat, batchSize });
    assertEquals([...victim.sizes], [...sizes]);
    assert(victim.sizes.includes(batchSize));
  }
});
