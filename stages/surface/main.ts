/** The process of the stage `surface`. @module */
import { join } from "node:path";
import { LIMITS } from "../../lib/limits.ts";
import { stream } from "../../lib/random/philox.ts";
import { number, object } from "../../lib/schema.ts";
import { acrossDirection, meanGrid, placesOf, surfaceOf } from "../../lib/surface/measure.ts";
import type { Grid, Roughness, SurfaceRecord } from "../../lib/surface/record.ts";
import { roughness } from "../../lib/surface/roughness.ts";
import { POINTS } from "../../lib/surface/setting.ts";
import { distribution } from "../../lib/theory/distribution.ts";
import { fgsmDirection } from "../../lib/theory/perturbations.ts";
import { CROSS_ENTROPY, slopesOf } from "../../lib/theory/slopes.ts";
import { readData } from "../data.ts";
import { type Job, type Reporter, stageMain, type StageResult } from "../job.ts";
import { askModel, readModel } from "../model_input.ts";
import { readParameters } from "../parameters.ts";
import { loadModelRules } from "../rules.ts";
import { eachImage, readTestImages } from "../test_images.ts";

const parameters = object({
  images: number(LIMITS.attackedImages),
  shown: number(LIMITS.attackedImages),
  points: number(POINTS),
  radius: number(LIMITS.epsilon),
  batch_size: number(LIMITS.batch),
});

/** Losses to five digits: more than a drawing shows, and a third of the bytes. */
const rounded = (grid: Grid): Grid =>
  grid.map((row) => row.map((loss) => Number(loss.toPrecision(5))));

/** Runs the stage. */
export async function run(job: Job, reporter: Reporter): Promise<StageResult> {
  const { images: count, shown, points, radius, batch_size } = readParameters(job, parameters);
  const rules = await loadModelRules(job), { task, files } = await readData(job);
  const images = await readTestImages(files["test.bin"], count, task, "surface");
  const classifier = await readModel(job, rules, task);
  const batchSize = Math.min(batch_size, points * points), places = placesOf(radius, points);
  return await askModel(job, reporter, { classifier, batchSize }, async ({ victim, report }) => {
    const given = eachImage(images).map((point, i) => ({ point, label: images.labels[i] }));
    const clean = await slopesOf(victim, CROSS_ENTROPY)(given), grids: Grid[] = [];
    for (const [i, one] of given.entries()) {
      report.progress(i, count, `${i} of ${count} images`);
      const first = fgsmDirection(clean[i].gradient);
      const noise = stream(BigInt(job.seed), "surface", images.indices[i]);
      const across = acrossDirection(first, noise);
      grids.push(await surfaceOf(victim, one, [first, across], places));
    }
    const each = grids.map(roughness), mean = meanGrid(grids);
    const over = <Out>(of: (field: keyof Roughness) => Out) => ({
      range: of("range"),
      residual: of("residual"),
      unexplained: of("unexplained"),
    });
    const median = over((field) => distribution(each.map((one) => one[field])).q50);
    const mean_roughness = roughness(mean);
    const record: SurfaceRecord = {
      ...{ images: count, radius, points, mean: rounded(mean), mean_roughness },
      median_roughness: median,
      per_image: {
        index: images.indices,
        ...over((field) => each.map((one) => one[field])),
      },
      shown: grids.slice(0, shown).map((loss, i) => ({
        index: images.indices[i],
        label: images.labels[i],
        loss: rounded(loss),
        roughness: each[i],
      })),
    };
    await Deno.writeTextFile(join(job.output, "surface.json"), JSON.stringify(record) + "\n");
    return {
      images: count,
      range: mean_roughness.range,
      residual: mean_roughness.residual,
      unexplained: mean_roughness.unexplained,
      median_unexplained: median.unexplained,
    };
  });
}

if (import.meta.main) await stageMain(run);
