import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { activation } from "../../lib/models/activations/gelu.ts";
import { architecture } from "../../lib/models/architectures/small_cnn.ts";
import { modelCard } from "../../lib/models/card.ts";
import { initialize } from "../../lib/models/initialize.ts";
import { createNetwork } from "../../lib/models/network.ts";
import { encodeWeights } from "../../lib/models/weights.ts";
import { stream } from "../../lib/random/philox.ts";
import type { TheoryRecord } from "../../lib/theory/record.ts";
import { permitted } from "../../tests/permitted.ts";
import { jobRules } from "../_run_stage.ts";
import { type Job, type Reporter, StageFailure } from "../job.ts";
import { run } from "./main.ts";

const silent: Reporter = { progress: () => {}, log: () => {}, loaded: () => {} };
const task = { classes: 3, image: [4, 4, 1] as const }, count = 5, pixels = 16;
const card = { ...modelCard(architecture, activation, { filters: 2 }), mean: [0.5], std: [0.25] };
const network = createNetwork({ card, architecture, activation, ...task });

/** A folder with a model of 4x4 images whose logits are far apart, and images of all classes. */
async function scene() {
  const folder = await Deno.makeTempDir();
  const weights = initialize(network, 1), random = stream(1, "theory stage test");
  weights["linear.weight"].data.forEach((value, i, all) => all[i] = 12 * value);
  const write = async (name: string, data: Uint8Array | string) => {
    await Deno.writeFile(
      join(folder, name),
      typeof data === "string" ? new TextEncoder().encode(data) : data,
    );
    return join(folder, name);
  };
  const records = Uint8Array.from(
    { length: count * (pixels + 1) },
    (_, i) => i % (pixels + 1) ? random.integer(256) : Math.floor(i / (pixels + 1)) % 3,
  );
  const inputs: Job["inputs"] = {
    "train:igr:gelu": {
      "model.safetensors": await write("model", encodeWeights(network, weights, 0)),
      "card.json": await write("card", JSON.stringify(card)),
    },
    "fetch:cifar10": {
      "test.bin": await write("test", records),
      "dataset.json": await write(
        "dataset.json",
        JSON.stringify({ name: "noise", classes: ["a", "b", "c"], image: task.image }),
      ),
    },
  };
  let outputs = 0;
  return {
    async job(parameters: Record<string, number | number[]> = {}, work = "work"): Promise<Job> {
      const output = join(folder, `output ${outputs++}`);
      await Deno.mkdir(output);
      await Deno.mkdir(join(folder, work), { recursive: true });
      return {
        ...{ cell: "theory:igr:gelu", stage: "theory", seed: "7", inputs, output },
        parameters: {
          ...{ images: count, batch_size: 2, epsilon: 0.03, epsilons: [0, 0.02, 0.05] },
          ...{ steps: 2, fab_iterations: 2, ...parameters },
        },
        rules: jobRules({
          architecture: ["small-cnn"],
          activation: ["gelu"],
          attack: ["fab-t"],
        }),
        work: join(folder, work),
        engine: { kind: "cpu" },
      };
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

const left = (job: Job) => Deno.readTextFile(join(job.output, "theory.json"));

permitted(
  "run() leaves what each image and all together say, the same in blocks of any size",
  async () => {
    await using scenery = await scene();
    const job = await scenery.job(), { metrics, provenance } = await run(job, silent);
    const text = await left(job), record: TheoryRecord = JSON.parse(text);
    const { summary, per_image, epsilons } = record;
    assertEquals(epsilons, [0, 0.02, 0.03, 0.05]);
    assertEquals(record.activation, {
      ...{ name: "gelu", kind: "smooth", largest_second_derivative: 0.7978846 },
    });
    for (const [field, column] of Object.entries(per_image)) {
      assertEquals(
        column.length,
        count,
        field,
      );
    }
    assertEquals(per_image.index, [0, 1, 2, 3, 4]);
    const correct = per_image.correct.filter(Boolean).length;
    assert(correct > 0 && correct < count, "the test needs images of either kind");
    assertEquals([summary.clean_accuracy, summary.correct], [correct / count, correct]);
    per_image.omega.forEach((omega, i) => {
      for (const errors of Object.values(per_image.linearization_error[i])) {
        errors.forEach((error, k) => assert(omega[k] >= error, `image ${i}`));
      }
      assert(
        per_image.correct[i] ? per_image.found_radius[i]! > 0 : per_image.found_radius[i] === 0,
      );
    });
    epsilons.forEach((_, k) =>
      assertEquals(summary.omega[k], Math.max(...per_image.omega.map((omega) => omega[k])))
    );
    assertEquals(summary.bound.margin.by_image.violated_given_its_own_error, 0);
    assert(Math.abs(summary.equation7.residual.max) < 1e-6);
    assert(Math.abs(summary.equation7.integral_residual.max) < 1e-5);
    assertEquals([metrics.images, provenance?.engine], [count, "cpu"]);

    const whole = await scenery.job({ batch_size: 5 }, "other work");
    await run(whole, silent);
    assertEquals(await left(whole), text);
  },
);

permitted("run() stopped between blocks goes on and leaves the same bytes", async () => {
  await using scenery = await scene();
  const whole = await scenery.job({}, "whole");
  await run(whole, silent);
  const progress: Reporter["progress"] = (_done, _total, label) => {
    if (label?.startsWith("2 of 5")) throw new Error("stopped");
  };
  await assertRejects(
    async () => await run(await scenery.job(), { ...silent, progress }),
    Error,
    "stopped",
  );
  const job = await scenery.job(), logged: string[] = [];
  await run(job, { ...silent, log: (text) => logged.push(text) });
  assertEquals(logged, ["going on with 2 of 5 images measured"]);
  assertEquals(await left(job), await left(whole));
});

permitted("run() takes the edges of its parameters", async () => {
  await using scenery = await scene();
  const edges: [epsilon: number, epsilons: number[]][] = [[0, [0, 1e-9]], [1, [0, 1]]];
  for (const [i, [epsilon, epsilons]] of edges.entries()) {
    const parameters = { images: 1, steps: 1, fab_iterations: 1, epsilon, epsilons };
    const job = await scenery.job(parameters, `work ${i}`);
    const { metrics } = await run(job, silent);
    assertEquals(Object.entries(metrics).filter(([, value]) => !Number.isFinite(value)), []);
    const { summary } = JSON.parse(await left(job)) as TheoryRecord;
    assertEquals(summary.omega.filter((value) => !(value >= 0)), []);
    assertEquals(summary.bound.margin.by_image.violated_given_its_own_error, 0);
  }
});

permitted("run() refuses too few images, a job without a model and one without FAB", async () => {
  await using scenery = await scene();
  const job = await scenery.job();
  const { "train:igr:gelu": _, ...images } = job.inputs;
  const { attack: __, ...rules } = job.rules!;
  const cases: [Job, string][] = [
    [
      await scenery.job({ images: 6 }),
      "Cannot measure 6 test images: there are 5; lower theory.images",
    ],
    [{ ...job, inputs: images }, "its inputs are fetch:cifar10, expected a model (train:…)"],
    [{ ...job, rules }, 'Cannot run theory:igr:gelu: the attack "fab-t" is not among its rules'],
  ];
  for (const [job, text] of cases) await assertRejects(() => run(job, silent), StageFailure, text);
});
