import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import type { TheoryRecord } from "../../lib/theory/record.ts";
import { permitted } from "../../tests/permitted.ts";
import { COUNT, SILENT, smallScene } from "../_small_scene.ts";
import { type Job, type Reporter, StageFailure } from "../job.ts";
import { run } from "./main.ts";

/** A model of three classes and five images, and jobs that measure it. */
async function scene() {
  const scenery = await smallScene(3);
  const settings = { images: COUNT, batch_size: 2, epsilon: 0.03, epsilons: [0, 0.02, 0.05] };
  return {
    job: (parameters: Record<string, number | number[]> = {}, work = "work"): Promise<Job> =>
      scenery.job(
        "theory",
        { ...settings, steps: 2, fab_iterations: 2, ...parameters },
        { attacks: ["fab-t"], work },
      ),
    [Symbol.asyncDispose]: scenery[Symbol.asyncDispose],
  };
}

const left = (job: Job) => Deno.readTextFile(join(job.output, "theory.json"));

permitted(
  "run() leaves what each image and all together say, the same in blocks of any size",
  async () => {
    await using scenery = await scene();
    const job = await scenery.job(), { metrics, provenance } = await run(job, SILENT);
    const text = await left(job), record: TheoryRecord = JSON.parse(text);
    const { summary, per_image, epsilons } = record;
    assertEquals(epsilons, [0, 0.02, 0.03, 0.05]);
    assertEquals(record.activation, {
      ...{ name: "gelu", kind: "smooth", largest_second_derivative: 0.7978846 },
    });
    for (const [field, column] of Object.entries(per_image)) {
      assertEquals(
        column.length,
        COUNT,
        field,
      );
    }
    assertEquals(per_image.index, [0, 1, 2, 3, 4]);
    const correct = per_image.correct.filter(Boolean).length;
    assert(correct > 0 && correct < COUNT, "the test needs images of either kind");
    assertEquals([summary.clean_accuracy, summary.correct], [correct / COUNT, correct]);
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
    assertEquals([metrics.images, provenance?.engine], [COUNT, "cpu"]);

    const whole = await scenery.job({ batch_size: 5 }, "other work");
    await run(whole, SILENT);
    assertEquals(await left(whole), text);
  },
);

permitted("run() stopped between blocks goes on and leaves the same bytes", async () => {
  await using scenery = await scene();
  const whole = await scenery.job({}, "whole");
  await run(whole, SILENT);
  const progress: Reporter["progress"] = (_done, _total, label) => {
    if (label?.startsWith("2 of 5")) throw new Error("stopped");
  };
  await assertRejects(
    async () => await run(await scenery.job(), { ...SILENT, progress }),
    Error,
    "stopped",
  );
  const job = await scenery.job(), logged: string[] = [];
  await run(job, { ...SILENT, log: (text) => logged.push(text) });
  assertEquals(logged, ["going on with 2 of 5 images measured"]);
  assertEquals(await left(job), await left(whole));
});

permitted("run() takes the edges of its parameters", async () => {
  await using scenery = await scene();
  const edges: [epsilon: number, epsilons: number[]][] = [[0, [0, 1e-9]], [1, [0, 1]]];
  for (const [i, [epsilon, epsilons]] of edges.entries()) {
    const parameters = { images: 1, steps: 1, fab_iterations: 1, epsilon, epsilons };
    const job = await scenery.job(parameters, `work ${i}`);
    const { metrics } = await run(job, SILENT);
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
  for (const [job, text] of cases) await assertRejects(() => run(job, SILENT), StageFailure, text);
});
