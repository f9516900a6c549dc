import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { CIFAR10_TASK } from "../../lib/data/cifar10_task.ts";
import { imageBytes } from "../../lib/data/records.ts";
import { decodeSafetensors } from "../../lib/formats/safetensors.ts";
import { stream } from "../../lib/random/philox.ts";
import type { Task } from "../../lib/task.ts";
import { findPlugin } from "../../tests/engines.ts";
import { modelRules } from "../../tests/networks.ts";
import type { Job, Reporter } from "../job.ts";
import { jobRules } from "../_run_stage.ts";
import { run } from "./main.ts";
import { permitted } from "../../tests/permitted.ts";

const plugin = await findPlugin();
const skipped = plugin ? "" : ' (skipped: no plugin; run "deno task pipeline" once)';

const parameters = {
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
async function scene({ image, classes }: Task = CIFAR10_TASK) {
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
    async job(engine: Job["engine"], change = {}): Promise<Job> {
      const output = join(folder, `output ${outputs++}`);
      await Deno.mkdir(output);
      return {
        cell: "train:natural:relu",
        stage: "train",
        parameters: { ...parameters, ...change },
        seed: "7",
        rules: { ...modelRules("relu", "small-cnn"), ...jobRules({ method: ["natural"] }) },
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

const silent: Reporter = { progress: () => {}, log: () => {}, loaded: () => {} };

/** What a job that is run to its end leaves and logs. */
async function outputsOf(job: Job) {
  const logged: string[] = [];
  const { provenance } = await run(job, { ...silent, log: (text) => logged.push(text) });
  const read = (name: string) => Deno.readFile(join(job.output, name));
  return {
    files: [await read("model.safetensors"), await read("history.json")],
    provenance,
    logged,
  };
}

/** Runs a job until its first epoch is saved. */
async function stopAfterEpoch(job: Job): Promise<void> {
  const progress = (_done: number, _total: number, label?: string) => {
    if (label?.startsWith("loss")) throw new Error("stopped");
  };
  await assertRejects(() => run(job, { ...silent, progress }), Error, "stopped");
}

permitted({
  name: "run() goes on with its own engine's checkpoint alone, and leaves the same bytes" + skipped,
  ignore: !plugin,
  async fn() {
    const pjrt = { kind: "pjrt", plugin, versions: { plugin: "1" } }, cpu = { kind: "cpu" };
    await using whole = await scene();
    const expected = await outputsOf(await whole.job(pjrt));
    assertEquals(expected.logged, []);
    const going = ["going on after epoch 1"];
    const restart = (why: string) => [`starting again, not from the checkpoint: ${why}`];
    const cases: [string, Job["engine"], string[]][] = [
      ["its own", pjrt, going],
      ["another engine's", cpu, restart('engine.engine was "cpu" and is "pjrt", and 6 more')],
    ];
    for (const [name, engine, told] of cases) {
      await using scenery = await scene();
      await stopAfterEpoch(await scenery.job(engine));
      const found = await outputsOf(await scenery.job(pjrt));
      assertEquals(found.files, expected.files, name);
      assertEquals(found.provenance, expected.provenance, name);
      assertEquals(found.logged, told, name);
    }
  },
});

permitted("run() trains on images of another shape, with another number of classes", async () => {
  await using scenery = await scene({ image: [8, 8, 1], classes: 3 });
  const model = { ...parameters.model, mean: [0.5], std: [0.2] };
  const recipe = { ...parameters.recipe, epochs: 1 };
  const job = await scenery.job({ kind: "cpu" }, { model, recipe });
  const { metrics } = await run(job, silent);
  assert(Number.isFinite(metrics.train_loss));
  const bytes = await Deno.readFile(join(job.output, "model.safetensors"));
  const { tensors } = decodeSafetensors(bytes, "model.safetensors");
  assertEquals(tensors["conv.weight"].shape, [2, 1, 3, 3]);
  assertEquals(tensors["linear.weight"].shape, [3, 8 * 8 * 2]);

  const wrong = await scenery.job({ kind: "cpu" }, { recipe });
  await assertRejects(() => run(wrong, silent), TypeError, "model.mean is [0.5,0.5,0.5], expected");
});
