/** The process of the stage `examples`. @module */
import { join } from "node:path";
import { toPlanes } from "../../lib/data/images.ts";
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { LIMITS } from "../../lib/limits.ts";
import { number, object } from "../../lib/schema.ts";
import { CROSS_ENTROPY, slopesOf } from "../../lib/theory/slopes.ts";
import { makeExamples } from "../../lib/transfer/examples.ts";
import { KINDS } from "../../lib/transfer/record.ts";
import { readData } from "../data.ts";
import { type Job, type Reporter, stageMain, type StageResult } from "../job.ts";
import { askModel, readModel } from "../model_input.ts";
import { readParameters } from "../parameters.ts";
import { loadModelRules } from "../rules.ts";
import { eachImage, readTestImages } from "../test_images.ts";

const parameters = object({
  images: number(LIMITS.attackedImages),
  batch_size: number(LIMITS.batch),
  epsilon: number(LIMITS.epsilon),
  steps: number(LIMITS.iterations),
});

/** Runs the stage. */
export async function run(job: Job, reporter: Reporter): Promise<StageResult> {
  const { images: count, batch_size, epsilon, steps } = readParameters(job, parameters);
  const rules = await loadModelRules(job), { task, files } = await readData(job);
  const images = await readTestImages(files["test.bin"], count, task, "transfer");
  const classifier = await readModel(job, rules, task);
  const batchSize = Math.min(batch_size, count), [height, width, channels] = task.image;
  return await askModel(job, reporter, { classifier, batchSize }, async ({ victim, report }) => {
    let done = 0;
    const slopes = slopesOf({
      batchSize,
      async evaluate(requests) {
        const answers = await victim.evaluate(requests);
        done += requests.length;
        report.progress(done, count * (steps + 2), `${count} images`);
        return answers;
      },
    }, CROSS_ENTROPY);
    const own = { images: eachImage(images), labels: images.labels };
    const made = await makeExamples(slopes, own, { epsilon, steps });
    const tensor = (points: readonly Float32Array[]) => {
      const all = new Float32Array(images.images.length);
      points.forEach((point, i) => all.set(point, i * point.length));
      const shape = [count, channels, height, width];
      return { dtype: "F32" as const, shape, data: toPlanes(all, task.image) };
    };
    await Deno.writeFile(
      join(job.output, "examples.safetensors"),
      encodeSafetensors(Object.fromEntries(KINDS.map((kind) => [kind, tensor(made[kind])]))),
    );
    return { images: count };
  });
}

if (import.meta.main) await stageMain(run);
