import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { decodeSafetensors } from "../../lib/formats/safetensors.ts";
import { permitted } from "../../tests/permitted.ts";
import { COUNT, PIXELS, SILENT, smallScene } from "../_small_scene.ts";
import { run } from "./main.ts";

permitted("run() leaves an example of each kind of every image, in ball and box", async () => {
  await using scenery = await smallScene();
  const epsilon = 0.05;
  const job = await scenery.job("examples", { images: COUNT, batch_size: 2, epsilon, steps: 3 });
  const shares: number[] = [];
  const progress = (done: number, total: number) => void shares.push(done / total);
  assertEquals((await run(job, { ...SILENT, progress })).metrics, { images: COUNT });
  assertEquals(shares.at(-1), 1);
  const { tensors } = decodeSafetensors(
    await Deno.readFile(join(job.output, "examples.safetensors")),
    "examples",
  );
  assertEquals(Object.keys(tensors).sort(), ["fgsm", "pgd"]);
  for (const { shape, data } of Object.values(tensors)) {
    assertEquals(shape, [COUNT, 1, 4, 4]);
    const moved = Array.from(data as Float32Array, (pixel, i) => {
      assert(pixel >= 0 && pixel <= 1);
      return Math.abs(pixel - scenery.images[Math.floor(i / PIXELS)][i % PIXELS]);
    });
    assert(Math.max(...moved) <= epsilon && Math.max(...moved) > 0.9 * epsilon);
  }
});
