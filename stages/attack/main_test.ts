import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { createVictim, evaluateLogits, predict } from "../../lib/attacks/mod.ts";
import { toImages } from "../../lib/data/images.ts";
import { decodeRecords } from "../../lib/data/records.ts";
import { openEngine } from "../../lib/engines/mod.ts";
import { decodeSafetensors } from "../../lib/formats/safetensors.ts";
import { modelCard } from "../../lib/models/card.ts";
import { initialize } from "../../lib/models/initialize.ts";
import { classifier } from "../../lib/models/load.ts";
import { encodeWeights } from "../../lib/models/weights.ts";
import { stream } from "../../lib/random/philox.ts";
import { type Job, type Json, StageFailure } from "../job.ts";
import { run } from "./main.ts";

const silent = { progress: () => {}, log: () => {} };
const count = 8, epsilon = 0.5 / 255;
const pgd = { steps: 2, step_size: 2 / 255, random_start: true, restarts: 1, keep: "last" };
const autoattack = {
  version: "standard",
  apgd_iterations: 2,
  apgd_targets: 2,
  fab_iterations: 1,
  fab_targets: 1,
  square_queries: 3,
};

/** A folder with an untrained model of width 1 and random images; `work` survives between jobs. */
async function scene() {
  const folder = await Deno.makeTempDir();
  const card = modelCard({ activation: "relu", width: 1 });
  const random = stream(0, "attack stage test");
  const records = Uint8Array.from({ length: count * 3073 }, () => random.integer(256));
  const weights = initialize(card, 0);
  // an untrained model is nearly constant: with centred logits its decision hangs on the image
  using engine = await openEngine({ kind: "cpu" });
  using victim = createVictim({ engine, classifier: classifier(card, weights), batchSize: count });
  for (let i = 0; i < count; i++) records[i * 3073] = 0;
  const { labels, pixels } = decodeRecords(records, "test.bin");
  const evaluate = () => evaluateLogits(victim, { images: toImages(pixels), labels });
  (await evaluate()).logits.forEach((z, i) => weights["linear.bias"].data[i % 10] -= z / count);
  victim.load(weights);
  const { logits } = await evaluate();
  // labelled as the model says, but for the first
  for (let i = 0; i < count; i++) {
    const predicted = predict(logits.subarray(i * 10, (i + 1) * 10));
    records[i * 3073] = i === 0 ? (predicted + 1) % 10 : predicted;
  }
  const write = async (name: string, data: Uint8Array | string) => {
    const path = join(folder, name);
    await Deno.writeFile(path, typeof data === "string" ? new TextEncoder().encode(data) : data);
    return path;
  };
  const inputs = {
    "train:igr:relu": {
      "model.safetensors": await write("model", encodeWeights(card, weights, 0)),
      "card.json": await write("card", JSON.stringify(card)),
    },
    "fetch:cifar10": { "test.bin": await write("test", records) },
  };
  await Deno.mkdir(join(folder, "work"));
  let outputs = 0;
  return {
    inputs,
    work: join(folder, "work"),
    async job(attack: string, settings: Json, images: number | null = count): Promise<Job> {
      const output = join(folder, `output ${outputs++}`);
      await Deno.mkdir(output);
      return {
        cell: `attack:${attack}:igr:relu`,
        stage: "attack",
        parameters: { attack, settings, images, batch_size: 3, epsilon },
        seed: "18446744073709551615",
        inputs,
        work: join(folder, "work"),
        output,
        engine: { kind: "cpu" },
      };
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

const outputOf = (job: Job, name: string) => Deno.readFile(join(job.output, name));

for (const [attack, settings] of [["pgd50", pgd], ["autoattack", autoattack]] as const) {
  Deno.test(`run() ${attack} leaves examples in the ball and verdicts that add up`, async () => {
    await using scenery = await scene();
    const job = await scenery.job(attack, settings as unknown as Json);
    const { metrics, provenance } = await run(job, silent);
    const verdicts = JSON.parse(new TextDecoder().decode(await outputOf(job, "verdicts.json")));
    const { tensors } = decodeSafetensors(await outputOf(job, "adversarial.safetensors"));
    assertEquals(tensors.images.shape, [count, 3, 32, 32]);
    assertEquals(tensors.labels.dtype, "I32");
    const clean = await Deno.readFile(scenery.inputs["fetch:cifar10"]["test.bin"]);
    const images = tensors.images.data as Float32Array;
    images.forEach((value, i) => {
      const original = Math.fround(clean[Math.floor(i / 3072) * 3073 + 1 + i % 3072] / 255);
      assert(Math.abs(value - original) <= epsilon && value >= 0 && value <= 1);
    });
    type Verdict = { clean_correct: boolean; robust: boolean; broken_by: string | null };
    const list = verdicts.verdicts as Verdict[];
    assertEquals(list.length, count);
    assertEquals(verdicts.clean_accuracy, (count - 1) / count);
    assert(verdicts.robust_accuracy > 0 && verdicts.robust_accuracy < verdicts.clean_accuracy);
    assertEquals(list.filter(({ robust }) => robust).length / count, verdicts.robust_accuracy);
    assertEquals(
      list.filter(({ clean_correct }) => clean_correct).length / count,
      verdicts.clean_accuracy,
    );
    for (const { clean_correct, robust, broken_by } of list) {
      assertEquals(broken_by !== null, clean_correct && !robust);
    }
    assertEquals(metrics.robust_accuracy, verdicts.robust_accuracy);
    assertEquals(metrics.clean_accuracy, verdicts.clean_accuracy);
    assertEquals(provenance?.platform, "cpu");
  });
}

Deno.test("run() twice, and resumed after a finished run, leaves the same bytes", async () => {
  await using scenery = await scene();
  const read = async (job: Job) => {
    await run(job, silent);
    return [
      await outputOf(job, "verdicts.json"),
      await outputOf(job, "adversarial.safetensors"),
    ];
  };
  const job = () => scenery.job("autoattack", autoattack);
  const first = await read(await job());
  const logged: string[] = [];
  const resumed = await job();
  await run(resumed, { ...silent, log: (text) => logged.push(text) });
  assertEquals(logged.length, 1);
  assert(/^going on at square, \d images robust before it$/.test(logged[0]), logged[0]);
  assertEquals(await outputOf(resumed, "verdicts.json"), first[0]);
  assertEquals(await outputOf(resumed, "adversarial.safetensors"), first[1]);
  for await (const { name } of Deno.readDir(scenery.work)) {
    await Deno.writeFile(join(scenery.work, name), new Uint8Array(5)); // damaged: starts over
  }
  assertEquals(await read(await job()), first);
});

Deno.test("run() refuses unknown attacks, versions and too few images", async () => {
  await using scenery = await scene();
  const cases: [string, Json, number, string][] = [
    ["cw", {}, 1, 'Cannot attack with "cw": expected pgd50 or autoattack'],
    [
      "autoattack",
      { ...autoattack, version: "best" },
      1,
      'unknown version "best"; expected standard',
    ],
    ["pgd50", pgd, 9, "Cannot attack 9 test images: there are 8; lower attacks.images"],
  ];
  for (const [attack, settings, images, text] of cases) {
    const job = await scenery.job(attack, settings, images);
    await assertRejects(() => run(job, silent), StageFailure, text);
  }
  const job = { ...await scenery.job("pgd50", pgd), inputs: {} };
  await assertRejects(
    () => run(job, silent),
    StageFailure,
    "its inputs are none, expected a train",
  );
});
