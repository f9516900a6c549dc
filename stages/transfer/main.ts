/** The process of the stage `transfer`. @module */
import { join } from "node:path";
import { evaluateLogits } from "../../lib/attacks/victim/evaluate.ts";
import { fromPlanes } from "../../lib/data/images.ts";
import { decodeSafetensors } from "../../lib/formats/safetensors.ts";
import { LIMITS } from "../../lib/limits.ts";
import { number, object, optional, text } from "../../lib/schema.ts";
import { type ExampleKind, KINDS, type TransferRecord } from "../../lib/transfer/record.ts";
import { readData } from "../data.ts";
import { type Job, type Reporter, StageFailure, stageMain, type StageResult } from "../job.ts";
import { askModel, readModel } from "../model_input.ts";
import { readParameters } from "../parameters.ts";
import { loadModelRules } from "../rules.ts";
import { readTestImages } from "../test_images.ts";

const parameters = object({
  images: number(LIMITS.attackedImages),
  batch_size: number(LIMITS.batch),
  epsilon: number(LIMITS.epsilon),
  attack: optional(text()),
});

/** Places of what is true. */
const places = (verdicts: readonly boolean[]) => [...verdicts.keys()].filter((i) => verdicts[i]);

/** Runs the stage. */
export async function run(job: Job, reporter: Reporter): Promise<StageResult> {
  const { images: count, batch_size, epsilon, attack } = readParameters(job, parameters);
  const rules = await loadModelRules(job), { task, files } = await readData(job);
  const images = await readTestImages(files["test.bin"], count, task, "transfer");
  const classifier = await readModel(job, rules, task);
  const cells = Object.keys(job.inputs).filter((id) => id.startsWith("examples:"));
  if (cells.length === 0) {
    throw new StageFailure(`Cannot run ${job.cell}: no examples (examples:…) among its inputs`);
  }
  const robust = attack === undefined ? null : await robustImages(job, count);
  const batchSize = Math.min(batch_size, count), { labels } = images;
  return await askModel(job, reporter, { classifier, batchSize }, async ({ victim, report }) => {
    const { correct: clean } = await evaluateLogits(victim, images);
    const sources: Record<string, { right: Record<ExampleKind, number[]> }> = {};
    for (const [number, cell] of cells.entries()) {
      report.progress(number, cells.length, cell);
      const path = job.inputs[cell]["examples.safetensors"];
      const { tensors } = decodeSafetensors(await Deno.readFile(path), `examples of ${cell}`);
      const right = {} as Record<ExampleKind, number[]>;
      for (const kind of KINDS) {
        const data = tensors[kind]?.data;
        if (!(data instanceof Float32Array) || data.length !== images.images.length) {
          throw new StageFailure(
            `Cannot try ${cell}: it has no "${kind}" of ${count} images; run "deno task stage ${cell}"`,
          );
        }
        const points = fromPlanes(data, task.image);
        const { correct } = await evaluateLogits(victim, { images: points, labels });
        right[kind] = places(correct.map((is, i) => is && clean[i]));
      }
      sources[cell] = { right };
    }
    const record: TransferRecord = {
      ...{ images: count, epsilon, clean: places(clean), sources },
      attack: robust && { name: attack!, robust },
    };
    await Deno.writeTextFile(join(job.output, "transfer.json"), JSON.stringify(record) + "\n");
    const fewest = (kind: ExampleKind) =>
      Math.min(...Object.values(sources).map(({ right }) => right[kind].length)) / count;
    return {
      images: count,
      clean_accuracy: places(clean).length / count,
      lowest_fgsm_accuracy: fewest("fgsm"),
      lowest_pgd_accuracy: fewest("pgd"),
    };
  });
}

/** Images that the table's attack left robust, of the first so many; null where it had fewer. */
async function robustImages({ cell, inputs }: Job, count: number): Promise<number[] | null> {
  const id = Object.keys(inputs).find((id) => id.startsWith("attack:"));
  const path = id === undefined ? undefined : inputs[id]["verdicts.json"];
  if (path === undefined) {
    throw new StageFailure(
      `Cannot run ${cell}: "verdicts.json" of attack:… is not among its inputs`,
    );
  }
  const { images, verdicts } = JSON.parse(await Deno.readTextFile(path)) as {
    images: number;
    verdicts: { index: number; robust: boolean }[];
  };
  if (images < count) return null;
  return verdicts.flatMap(({ index, robust }) => robust && index < count ? [index] : []);
}

if (import.meta.main) await stageMain(run);
