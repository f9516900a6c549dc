import { assert, assertEquals, assertThrows } from "@std/assert";
import { openEngine } from "../../engines/mod.ts";
import { linearClassifier } from "../_linear_classifier.ts";
import { createVictim } from "../victim/create_victim.ts";
import type { Victim } from "../victim/victim.ts";
import { poolVictims } from "./pool.ts";

Deno.test("poolVictims() gives blocks to whoever has fewest, and each its own answer", async () => {
  const taken = [0, 0];
  let now = 0, most = 0;
  const slow = (place: number): Victim => ({
    classes: 2,
    image: [1, 1, 1],
    batchSize: 4,
    sizes: [4],
    load: () => {},
    async evaluate(requests) {
      taken[place]++;
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 2));
      now--;
      return requests.map(({ point }) => ({ logits: point, loss: 0, gradient: point }));
    },
    [Symbol.dispose]: () => {},
  });
  using victim = poolVictims([slow(0), slow(1)]);
  assertEquals(victim.parallel, 2);
  const answers = await Promise.all(
    [1, 2, 3, 4].map((value) => victim.evaluate([{ point: Float32Array.of(value), label: 0 }])),
  );
  assertEquals(answers.map(([{ logits }]) => logits[0]), [1, 2, 3, 4]);
  assertEquals([taken, most], [[2, 2], 4]);
});

Deno.test("poolVictims() loads weights everywhere and frees everything", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const classifier = linearClassifier([1, 1, 1], [0, 0], [0, 0]);
  const make = () => createVictim({ engine, classifier, batchSize: 2 });
  {
    using victim = poolVictims([make(), make()]);
    victim.load(linearClassifier([1, 1, 1], [1, 0], [0, 0]).weights);
    const request = { point: Float32Array.of(0.5), label: 0 };
    const [[a], [b]] = await Promise.all([victim.evaluate([request]), victim.evaluate([request])]);
    assertEquals([...a.logits], [0.5, 0]);
    assertEquals(a, b);
    assert(engine.live() > 0);
  }
  assertEquals(engine.live(), 0);
});

Deno.test("poolVictims() refuses none and different block sizes", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const classifier = linearClassifier([1, 1, 1], [0, 0], [0, 0]);
  using small = createVictim({ engine, classifier, batchSize: 2 });
  using large = createVictim({ engine, classifier, batchSize: 3 });
  assertThrows(() => poolVictims([]), RangeError, "block sizes none");
  assertThrows(() => poolVictims([small, large]), RangeError, "block sizes 2, 3");
});
