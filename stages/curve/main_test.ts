import { assert, assertEquals, assertRejects } from "@std/assert";
import type { CurveRecord } from "../../lib/curve/record.ts";
import { permitted } from "../../tests/permitted.ts";
import { COUNT, leftBy, SILENT, smallScene } from "../_small_scene.ts";
import { StageFailure } from "../job.ts";
import { run } from "./main.ts";

const PARAMETERS = {
  ...{ images: COUNT, batch_size: 2, epsilon: 0.05, epsilons: [0, 0.02, 0.2, 1] },
  ...{ iterations: 3, restarts: 1, targets: 2 },
};
const attacks = ["apgd-ce", "apgd-t"];

permitted("run() leaves a curve that falls to 0 where any image may become another", async () => {
  await using scenery = await smallScene();
  const job = await scenery.job("curve", PARAMETERS, { attacks });
  const { metrics, provenance } = await run(job, SILENT);
  const record: CurveRecord = JSON.parse(await leftBy(job, "curve.json"));
  const { accuracy, epsilons, per_image } = record;
  assertEquals([record.attacks, epsilons], [attacks, [0, 0.02, 0.05, 0.2, 1]]);
  assert(accuracy[0] > 0 && accuracy[0] < 1, "the test needs images of either kind");
  assertEquals(accuracy, accuracy.toSorted((a, b) => b - a));
  assertEquals([accuracy.at(-1), record.grey?.missed], [0, 0]);
  assertEquals(per_image.index, [0, 1, 2, 3, 4]);
  epsilons.forEach((epsilon, k) => {
    const fallen = per_image.fell_at.filter((radius) => radius! <= epsilon).length;
    assertEquals((COUNT - fallen) / COUNT, accuracy[k]);
  });
  assertEquals([metrics.clean_accuracy, metrics.robust_accuracy], [accuracy[0], accuracy[2]]);
  assertEquals([metrics.accuracy_at_largest, provenance?.engine], [0, "cpu"]);
});

permitted("run() stopped between radii goes on and leaves the same bytes", async () => {
  await using scenery = await smallScene();
  const start = (work: string) => scenery.job("curve", PARAMETERS, { attacks, work });
  const whole = await start("whole");
  await run(whole, SILENT);
  const progress = (done: number) => {
    if (done > 2) throw new Error("stopped");
  };
  await assertRejects(async () => await run(await start("work"), { ...SILENT, progress }), Error);
  const job = await start("work"), logged: string[] = [];
  await run(job, { ...SILENT, log: (text) => logged.push(text) });
  assertEquals(logged, ["going on with 2 of 5 radii done"]);
  assertEquals(await leftBy(job, "curve.json"), await leftBy(whole, "curve.json"));
});

permitted("run() leaves APGD-T out of few classes, and refuses too few images", async () => {
  await using scenery = await smallScene(3);
  const short = { ...PARAMETERS, images: 1, epsilons: [0, 0.02], iterations: 1 };
  const job = await scenery.job("curve", short, { attacks });
  await run(job, SILENT);
  const record: CurveRecord = JSON.parse(await leftBy(job, "curve.json"));
  assertEquals([record.attacks, record.grey], [["apgd-ce"], null]);
  const many = await scenery.job("curve", { ...PARAMETERS, images: 6 }, { attacks });
  const { "train:igr:gelu": _, ...images } = many.inputs;
  const text = "Cannot take 6 test images: there are 5; lower curve.images";
  await assertRejects(() => run(many, SILENT), StageFailure, text);
  await assertRejects(
    () => run({ ...job, inputs: images }, SILENT),
    StageFailure,
    "its inputs are fetch:cifar10, expected a model (train:…)",
  );
});
