/** Jobs of the train stage on a few random images, for its tests. @module */
import { assertRejects } from "@std/assert";
import { join } from "node:path";
import { CIFAR10_TASK } from "../../lib/data/cifar10_task.ts";
import { imageBytes } from "../../lib/data/records.ts";
import { stream } from "../../lib/random/philox.ts";
import type { Task } from "../../lib/task.ts";
import { modelRules } from "../../tests/networks.ts";
import { jobRules } from "../_run_stage.ts";
import type { Job, Reporter } from "../job.ts";
import { run } from "./main.ts";

/** A training of two epochs with a step each. */
export const parameters = {
  method: "natural",
  activation: "relu",
  model: { architecture: "small-cnn", filters: 2, mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] },
  objective: {},
  recipe: {
    epochs: 2,
    batch_size: 4,
    momentum: 0.9,
    nesterov: false,
    weight_decay: 5e-4,
    schedule: { kind: "one_cycle", learning_rate: 0.02, warmup: 0.2 },
    augmentation: { crop_padding: 4, flip: true },
    batch_norm: { mode: "train", momentum: 0.1, epsilon: 1e-5 },
    held_out_images: 2,
    probe_images: 2,
  },
  evaluation: { epsilon: 8 / 255 },
};

/** A folder with random images; `work` survives between jobs. */
export async function scene({ image, classes }: Task = CIFAR10_TASK) {
  const folder = await Deno.makeTempDir(), random = stream(0, "train stage test");
  const bytes = 1 + imageBytes(image);
  const records = Uint8Array.from({ length: 6 * bytes }, () => random.integer(256));
  for (let i = 0; i < 6; i++) records[i * bytes] = i % classes;
  await Deno.writeFile(join(folder, "train.bin"), records);
  const dataset = { name: "random", image, classes: Array.from({ length: classes }, String) };
  await Deno.writeTextFile(join(folder, "dataset.json"), JSON.stringify(dataset));
  await Deno.mkdir(join(folder, "work"));
  let outputs = 0;
  return {
    async job(
      engine: Job["engine"],
      change: Partial<Record<keyof typeof parameters | "until", unknown>> = {},
    ): Promise<Job> {
      const output = join(folder, `output ${outputs++}`);
      await Deno.mkdir(output);
      return {
        cell: "train:natural:relu",
        stage: "train",
        parameters: { ...parameters, ...change } as Job["parameters"],
        seed: "7",
        rules: {
          ...modelRules(String(change.activation ?? "relu"), "small-cnn"),
          ...jobRules({ method: [String(change.method ?? "natural")] }),
        },
        inputs: {
          "fetch:cifar10": {
            "train.bin": join(folder, "train.bin"),
            "dataset.json": join(folder, "dataset.json"),
          },
        },
        work: join(folder, "work"),
        output,
        engine,
      };
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Hears nothing. */
export const silent: Reporter = { progress: () => {}, log: () => {}, loaded: () => {} };

/** What a job that is run to its end leaves and logs. */
export async function outputsOf(job: Job) {
  const logged: string[] = [];
  const { provenance } = await run(job, { ...silent, log: (text) => logged.push(text) });
  const read = (name: string) => Deno.readFile(join(job.output, name));
  return {
    files: [await read("model.safetensors"), await read("history.json")],
    provenance,
    logged,
  };
}

/**
 * Runs a job until an epoch of its own is saved.
 *
 * @param step A step after that
 */
export async function stopAfterEpoch(job: Job, step = 1): Promise<void> {
  const progress = (done: number, _total: number, label?: string) => {
    if (label?.startsWith("loss") && done >= step) throw new Error("stopped");
  };
  await assertRejects(() => run(job, { ...silent, progress }), Error, "stopped");
}
