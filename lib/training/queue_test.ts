import { assertEquals, assertRejects } from "@std/assert";
import { createQueue } from "./queue.ts";

/** Lets everything go on that can. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("createQueue() lets no more runs wait than its depth, and tells of their ends in order", async () => {
  const queue = createQueue(2), ended: number[] = [], added: number[] = [];
  const runs = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const all = (async () => {
    for (const [i, { promise }] of runs.entries()) {
      await queue.add(promise, () => ended.push(i));
      added.push(i);
    }
    await queue.drain();
  })();
  await settle();
  assertEquals([added, ended], [[0, 1], []], "the third waits for the first");
  runs[1].resolve();
  await settle();
  assertEquals([added, ended], [[0, 1], []]);
  runs[0].resolve();
  await settle();
  assertEquals([added, ended], [[0, 1, 2, 3], [0, 1]]);
  runs[2].resolve();
  await settle();
  assertEquals(ended, [0, 1, 2], "told of at once, though the queue is not full");
  runs[3].resolve();
  await all;
  assertEquals(ended, [0, 1, 2, 3]);
});

Deno.test("createQueue() passes on the first failure when all runs have ended", async () => {
  const queue = createQueue(4), ended: number[] = [];
  const last = Promise.withResolvers<void>();
  const runs = [
    Promise.resolve(),
    Promise.reject(new Error("first")),
    Promise.reject(new Error("second")),
    last.promise,
  ];
  for (const run of runs) run.catch(() => {});
  for (const [i, run] of runs.entries()) await queue.add(run, () => ended.push(i));
  let drained = false;
  const drain = queue.drain().finally(() => drained = true);
  drain.catch(() => {});
  await settle();
  assertEquals([drained, ended], [false, [0]]);
  last.resolve();
  await assertRejects(() => drain, Error, "first");
  await queue.drain();
  assertEquals(ended, [0]);
});
