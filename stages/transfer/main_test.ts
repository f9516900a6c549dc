import { assert, assertEquals, assertRejects } from "@std/assert";
import type { TransferRecord } from "../../lib/transfer/record.ts";
import { permitted } from "../../tests/permitted.ts";
import { COUNT, leftBy, SILENT, smallScene } from "../_small_scene.ts";
import { StageFailure } from "../job.ts";
import { run } from "./main.ts";

const PARAMETERS = { images: COUNT, batch_size: 2, epsilon: 0.05 };

permitted("run() says which images are right on the examples of each model", async () => {
  await using scenery = await smallScene();
  const job = await scenery.job("transfer", { ...PARAMETERS, attack: "pgd50" });
  const still = scenery.images, grey = still.map((image) => image.map(() => 0.5));
  const source = async (name: string, kinds: Record<string, readonly Float32Array[]>) => ({
    "examples.safetensors": await scenery.write(name, scenery.encode(kinds)),
  });
  const verdicts = { images: COUNT, verdicts: still.map((_, index) => ({ index, robust: true })) };
  const inputs = {
    ...job.inputs,
    "examples:igr:gelu": await source("own", { fgsm: still, pgd: grey }),
    "examples:fgsm:relu": await source("other", { fgsm: grey, pgd: still }),
    "attack:pgd50:igr:gelu": {
      "verdicts.json": await scenery.write("verdicts", JSON.stringify(verdicts)),
    },
  };
  const { metrics } = await run({ ...job, inputs }, SILENT);
  const record: TransferRecord = JSON.parse(await leftBy(job, "transfer.json"));
  const own = record.sources["examples:igr:gelu"].right;
  const other = record.sources["examples:fgsm:relu"].right;
  assert(record.clean.length > 0 && record.clean.length < COUNT);
  // images as they are leave what is right as it is; grey is one class to the model
  assertEquals([own.fgsm, other.pgd], [record.clean, record.clean]);
  assertEquals(own.pgd, other.fgsm);
  const labels = own.pgd.map((image) => image % 3);
  assert(new Set(labels).size <= 1 && own.pgd.every((image) => record.clean.includes(image)));
  assertEquals(record.attack, { name: "pgd50", robust: [0, 1, 2, 3, 4] });
  assertEquals(metrics.lowest_pgd_accuracy, own.pgd.length / COUNT);

  const few = { ...verdicts, images: 4 };
  const attacked = { "verdicts.json": await scenery.write("few", JSON.stringify(few)) };
  await run({ ...job, inputs: { ...inputs, "attack:pgd50:igr:gelu": attacked } }, SILENT);
  assertEquals(JSON.parse(await leftBy(job, "transfer.json")).attack, null);
});

permitted("run() refuses a job without examples, and examples of other images", async () => {
  await using scenery = await smallScene();
  const job = await scenery.job("transfer", PARAMETERS);
  await assertRejects(() => run(job, SILENT), StageFailure, "no examples (examples:…)");
  const short = scenery.encode({ fgsm: scenery.images.slice(1), pgd: scenery.images });
  const inputs = {
    ...job.inputs,
    "examples:igr:relu": { "examples.safetensors": await scenery.write("short", short) },
  };
  await assertRejects(
    () => run({ ...job, inputs }, SILENT),
    StageFailure,
    'Cannot try examples:igr:relu: it has no "fgsm" of 5 images; run "deno task stage',
  );
});
