import { assertEquals } from "@std/assert";
import { join } from "node:path";
import type { Checkpoint } from "../../lib/training/checkpoint.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { permitted } from "../../tests/permitted.ts";

const checkpoint = {
  epoch: 2,
  tensors: {
    "weight/a": { shape: [2, 2], data: Float32Array.of(1, -0, 1e-40, 4) },
    totals: { shape: [1], data: Float32Array.of(0) },
  },
  history: [{ epoch: 1 }, { epoch: 2 }],
} as unknown as Checkpoint;

const origin = { seed: "7" };

/** Loads as the same origin; what is logged goes to the list. */
const load = (folder: string, logged: string[] = []) =>
  loadCheckpoint(folder, origin, (text) => logged.push(text));

permitted("loadCheckpoint() gives back what saveCheckpoint() wrote last", async () => {
  const folder = await Deno.makeTempDir();
  assertEquals(await load(folder), undefined);
  await saveCheckpoint(folder, { ...checkpoint, epoch: 1 }, origin);
  await saveCheckpoint(folder, checkpoint, origin);
  const loaded = await load(folder);
  assertEquals(loaded?.epoch, 2);
  assertEquals(loaded?.history, checkpoint.history);
  for (const [name, { shape, data }] of Object.entries(checkpoint.tensors)) {
    assertEquals(loaded?.tensors[name].shape, shape);
    assertEquals(new Uint8Array(loaded!.tensors[name].data.buffer), new Uint8Array(data.buffer));
  }
  assertEquals(loaded?.best, undefined);
  const best = { epoch: 1, tensors: { a: { shape: [1], data: Float32Array.of(5) } } };
  await saveCheckpoint(folder, { ...checkpoint, best }, origin);
  const both = (await load(folder))!;
  assertEquals([both.best!.epoch, both.best!.tensors.a.data], [1, best.tensors.a.data]);
  assertEquals(Object.keys(both.tensors).sort(), Object.keys(checkpoint.tensors).sort());
  assertEquals([...Deno.readDirSync(folder)].length, 1, "nothing temporary is left");
  await Deno.remove(folder, { recursive: true });
});

permitted(
  "loadCheckpoint() takes no checkpoint in which a bit differs or that is cut short",
  async () => {
    const folder = await Deno.makeTempDir();
    await saveCheckpoint(folder, checkpoint, origin);
    const [{ name }] = Deno.readDirSync(folder), path = join(folder, name);
    const whole = await Deno.readFile(path);
    for (let i = 0; i < whole.length; i++) {
      const damaged = whole.slice();
      damaged[i] ^= 1 << (i % 8);
      await Deno.writeFile(path, damaged);
      assertEquals(await load(folder), undefined, `bit ${i % 8} of byte ${i}`);
    }
    for (const length of [0, 1, 31, 32, 33, whole.length - 1]) {
      await Deno.writeFile(path, whole.subarray(0, length));
      assertEquals(await load(folder), undefined, `${length} bytes`);
    }
    await Deno.remove(folder, { recursive: true });
  },
);
