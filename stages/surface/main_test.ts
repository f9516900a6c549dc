import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { SurfaceRecord } from "../../lib/surface/record.ts";
import { permitted } from "../../tests/permitted.ts";
import { COUNT, leftBy, SILENT, smallScene } from "../_small_scene.ts";
import { run } from "./main.ts";

permitted(
  "run() leaves surfaces of the first images and the mean of all, in blocks of any size",
  async () => {
    await using scenery = await smallScene();
    const parameters = { images: COUNT, shown: COUNT, points: 5, radius: 0.1, batch_size: 7 };
    const job = await scenery.job("surface", parameters);
    const { metrics } = await run(job, SILENT);
    const text = await leftBy(job, "surface.json"), record: SurfaceRecord = JSON.parse(text);
    assertEquals([record.mean.length, record.mean[0].length], [5, 5]);
    assertEquals(record.shown.map(({ index }) => index), [0, 1, 2, 3, 4]);
    record.mean.forEach((row, i) =>
      row.forEach((loss, j) => {
        const mean = record.shown.reduce((sum, own) => sum + own.loss[i][j], 0) / COUNT;
        assertAlmostEquals(loss, mean, 1e-4 * Math.max(1, mean));
      })
    );
    // the loss rises along FGSM's direction, at first
    for (const { loss } of record.shown) assert(loss[2][3] > loss[2][1]);
    assertEquals(metrics.range, record.mean_roughness.range);
    assertEquals(record.per_image.unexplained.filter((share) => !(share >= 0 && share <= 1)), []);
    const whole = await scenery.job("surface", { ...parameters, batch_size: 100 });
    await run(whole, SILENT);
    assertEquals(await leftBy(whole, "surface.json"), text);
  },
);
