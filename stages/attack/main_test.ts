import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { serialize } from "node:v8";
import { join } from "node:path";
import { createVictim, evaluateLogits, predict } from "../../lib/attacks/mod.ts";
import { toImages } from "../../lib/data/images.ts";
import { decodeRecords } from "../../lib/data/records.ts";
import { openEngine } from "../../lib/engines/mod.ts";
import { decodeSafetensors } from "../../lib/formats/safetensors.ts";
import { initialize } from "../../lib/models/initialize.ts";
import { classifier } from "../../lib/models/load.ts";
import { testNetwork } from "../../tests/networks.ts";
import { ruleNames } from "../../lib/rules/mod.ts";
import { encodeWeights } from "../../lib/models/weights.ts";
import { stream } from "../../lib/random/philox.ts";
import { type Job, type Json, type Reporter, StageFailure } from "../job.ts";
import { jobRules } from "../_run_stage.ts";
import { type Origin, originOf, readWorkFile, writeWorkFile } from "../work_file.ts";
import { run } from "./main.ts";
import { permitted } from "../../tests/permitted.ts";

const silent = { progress: () => {}, log: () => {}, loaded: () => {} };
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

const network = testNetwork({ activation: "relu", width: 1 });

/** A folder with an untrained model of width 1 and random images; `work` survives between jobs. */
async function scene() {
  const folder = await Deno.makeTempDir();
  const random = stream(0, "attack stage test");
  const records = Uint8Array.from({ length: count * 3073 }, () => random.integer(256));
  const weights = initialize(network, 0);
  // an untrained model is nearly constant: with centred logits its decision hangs on the image
  using engine = await openEngine({ kind: "cpu" });
  using victim = createVictim({
    engine,
    classifier: classifier(network, weights),
    batchSize: count,
  });
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
      "model.safetensors": await write("model", encodeWeights(network, weights, 0)),
      "card.json": await write("card", JSON.stringify(network.card)),
    },
    "fetch:cifar10": {
      "test.bin": await write("test", records),
      "dataset.json": await write(
        "dataset.json",
        JSON.stringify({ name: "noise", classes: Array.from({ length: 10 }, (_, i) => `${i}`) }),
      ),
    },
  };
  await Deno.mkdir(join(folder, "work"));
  let outputs = 0;
  return {
    inputs,
    work: join(folder, "work"),
    async job(
      attack: string,
      settings: Json,
      images: number | null = count,
      offset?: number,
    ): Promise<Job> {
      const output = join(folder, `output ${outputs++}`);
      await Deno.mkdir(output);
      return {
        cell: `attack:${attack}:igr:relu`,
        stage: "attack",
        parameters: {
          ...{ attack, settings, images, batch_size: 3, epsilon },
          ...offset === undefined ? {} : { offset },
        },
        seed: "18446744073709551615",
        inputs,
        rules: jobRules({
          architecture: ["preact-resnet18"],
          activation: ["relu"],
          attack: ruleNames("attack"),
        }),
        work: join(folder, "work"),
        output,
        engine: { kind: "cpu" },
      };
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

const outputOf = (job: Job, name: string) => Deno.readFile(join(job.output, name));

interface Verdict {
  readonly index: number;
  readonly label: number;
  readonly clean_correct: boolean;
  readonly robust: boolean;
  readonly broken_by: string | null;
  readonly margin: number;
}

interface Verdicts {
  readonly attack: string;
  readonly clean_accuracy: number;
  readonly robust_accuracy: number;
  readonly attacks: readonly { name: string; robust_before: number; robust_after: number }[];
  readonly findings: readonly { flag: string; text: string }[];
  readonly verdicts: readonly Verdict[];
}

const verdictsOf = async (job: Job): Promise<Verdicts> =>
  JSON.parse(new TextDecoder().decode(await outputOf(job, "verdicts.json")));

for (const [attack, settings] of [["pgd50", pgd], ["autoattack", autoattack]] as const) {
  permitted(`run() ${attack} leaves examples in the ball and verdicts that add up`, async () => {
    await using scenery = await scene();
    const job = await scenery.job(attack, settings as unknown as Json);
    const { metrics, provenance } = await run(job, silent);
    const verdicts = await verdictsOf(job);
    const { tensors } = decodeSafetensors(await outputOf(job, "adversarial.safetensors"));
    assertEquals(tensors.images.shape, [count, 3, 32, 32]);
    assertEquals(tensors.labels.dtype, "I32");
    const clean = await Deno.readFile(scenery.inputs["fetch:cifar10"]["test.bin"]);
    const images = tensors.images.data as Float32Array;
    images.forEach((value, i) => {
      const original = Math.fround(clean[Math.floor(i / 3072) * 3073 + 1 + i % 3072] / 255);
      assert(Math.abs(value - original) <= epsilon && value >= 0 && value <= 1);
    });
    const list = verdicts.verdicts;
    assertEquals(list.length, count);
    assertEquals(verdicts.clean_accuracy, (count - 1) / count);
    assert(verdicts.robust_accuracy > 0 && verdicts.robust_accuracy < verdicts.clean_accuracy);
    assertEquals(list.filter(({ robust }) => robust).length / count, verdicts.robust_accuracy);
    assertEquals(
      list.filter(({ clean_correct }) => clean_correct).length / count,
      verdicts.clean_accuracy,
    );
    for (const { clean_correct, robust, broken_by, margin } of list) {
      assertEquals(broken_by !== null, clean_correct && !robust);
      assertEquals(margin > 0, robust);
    }
    assertEquals(metrics.findings, verdicts.findings.length);
    assertEquals(metrics.robust_accuracy, verdicts.robust_accuracy);
    assertEquals(metrics.clean_accuracy, verdicts.clean_accuracy);
    assertEquals(provenance?.platform, "cpu");
  });
}

/** Both outputs of a job that is run to its end. */
async function outputsOf(job: Job, reporter: Reporter = silent): Promise<Uint8Array[]> {
  await run(job, reporter);
  return [await outputOf(job, "verdicts.json"), await outputOf(job, "adversarial.safetensors")];
}

permitted(
  "run() twice, resumed after its end, or after a damaged checkpoint, leaves the same bytes",
  async () => {
    await using scenery = await scene();
    const job = () => scenery.job("autoattack", autoattack);
    const first = await outputsOf(await job());
    const logged: string[] = [];
    assertEquals(
      await outputsOf(await job(), { ...silent, log: (text) => logged.push(text) }),
      first,
    );
    assertEquals(logged.length, 1);
    assert(/^going on with square, \d images robust before it$/.test(logged[0]), logged[0]);
    for await (const { name } of Deno.readDir(scenery.work)) {
      await Deno.writeFile(join(scenery.work, name), new Uint8Array(5)); // damaged: starts over
    }
    assertEquals(
      await outputsOf(await job(), { ...silent, log: (text) => logged.push(text) }),
      first,
    );
    assertEquals(logged.slice(1), ["starting again, not from the checkpoint: it is damaged"]);
  },
);

permitted(
  "run() takes nothing from another engine's checkpoint or one of an earlier form, and says so",
  async () => {
    await using scenery = await scene();
    const job = () => scenery.job("pgd50", pgd as unknown as Json);
    const first = await outputsOf(await job()), path = join(scenery.work, "attacks");
    using engine = await openEngine({ kind: "cpu" });
    const own = originOf(await job(), engine), ignore = () => {};
    const bytes = (await readWorkFile(path, own, ignore))!;
    const cases: [Origin, Uint8Array, string][] = [
      [
        { ...own, engine: { ...engine.description, engine: "pjrt" } },
        bytes,
        'engine.engine was "pjrt" and is "cpu"',
      ],
      [own, serialize({ format: 6 }), "it has the form of an earlier version"],
      [own, serialize({ format: 7, identity: {} }).subarray(0, 20), "it cannot be read ("],
    ];
    for (const [origin, content, why] of cases) {
      await writeWorkFile(path, content, origin);
      const logged: string[] = [];
      const log = (text: string) => logged.push(text);
      assertEquals(await outputsOf(await job(), { ...silent, log }), first);
      assertEquals(logged.length, 1);
      assertStringIncludes(logged[0], `starting again, not from the checkpoint: ${why}`);
    }
  },
);

permitted("run() stopped inside an attack goes on and leaves the same bytes", async () => {
  await using whole = await scene();
  const expected = await outputsOf(await whole.job("autoattack", autoattack));
  for (const attack of ["apgd-ce", "apgd-t", "fab-t", "square"]) {
    await using scenery = await scene();
    const progress = (_done: number, _total: number, label?: string) => {
      if (label?.startsWith(`${attack}:`)) throw new Error("stopped");
    };
    const job = () => scenery.job("autoattack", autoattack);
    await assertRejects(
      async () => await run(await job(), { ...silent, progress }),
      Error,
      "stopped",
    );
    assertEquals(await outputsOf(await job()), expected, attack);
  }
});

permitted("run() takes a list of attacks, each on what the ones before left", async () => {
  await using scenery = await scene();
  const list = [
    { attack: "pgd50", settings: pgd },
    { attack: "apgd-ce", settings: { iterations: 2 } },
    { attack: "square", settings: { queries: 3 } },
  ];
  const job = await scenery.job("pgd50+apgd-ce+square", list as unknown as Json);
  const { metrics } = await run(job, silent);
  const { attack, attacks, clean_accuracy, robust_accuracy, verdicts } = await verdictsOf(job);
  assertEquals(attack, "pgd50+apgd-ce+square");
  assertEquals(attacks.map(({ name }) => name), ["pgd50", "apgd-ce", "square"]);
  assertEquals(attacks.slice(1).map(({ robust_before }) => robust_before), [
    attacks[0].robust_after,
    attacks[1].robust_after,
  ]);
  assertEquals(attacks[0].robust_before, clean_accuracy * count);
  assertEquals(attacks[2].robust_after, robust_accuracy * count);
  for (const { name, robust_before, robust_after } of attacks) {
    const broken = verdicts.filter(({ broken_by }) => broken_by === name).length;
    assertEquals(broken, robust_before - robust_after, name);
    assertEquals(metrics[`robust_accuracy_after_${name}`], robust_after / count);
  }
});

permitted("run() keeps what the checks of model and verdicts find", async () => {
  await using scenery = await scene();
  const constant = initialize(network, 0);
  constant["linear.weight"].data.fill(0);
  const { labels } = decodeRecords(
    await Deno.readFile(scenery.inputs["fetch:cifar10"]["test.bin"]),
    "test.bin",
  );
  constant["linear.bias"].data[labels[1]] = 1;
  const correct = labels.filter((label) => label === labels[1]).length;
  await Deno.writeFile(
    scenery.inputs["train:igr:relu"]["model.safetensors"],
    encodeWeights(network, constant, 0),
  );
  const job = await scenery.job("pgd50", pgd as unknown as Json);
  const { metrics } = await run(job, silent);
  const { findings, verdicts } = await verdictsOf(job);
  assertEquals(findings.map(({ flag }) => flag), ["zero-gradients"]);
  assertEquals(findings[0].text.endsWith(" (docs/flags.md#zero-gradients)"), true);
  assertEquals([metrics.findings, metrics.zero_gradients], [1, correct]);
  assertEquals(verdicts.filter(({ robust }) => robust).length, correct);
});

permitted("run() gives an image the same verdict in every range", async () => {
  await using scenery = await scene();
  const job = await scenery.job("pgd50", pgd as unknown as Json);
  await run(job, silent);
  const { verdicts } = await verdictsOf(job);
  await Deno.remove(scenery.work, { recursive: true });
  await Deno.mkdir(scenery.work);
  const part = await scenery.job("pgd50", pgd as unknown as Json, 4, 3);
  await run(part, silent);
  const close = (list: readonly Verdict[]) =>
    list.map(({ margin, ...verdict }) => ({ ...verdict, margin: Math.round(1e4 * margin) }));
  assertEquals(close((await verdictsOf(part)).verdicts), close(verdicts.slice(3, 7)));
  assertEquals((await verdictsOf(part)).verdicts.map(({ index }) => index), [3, 4, 5, 6]);
});

permitted("run() refuses unknown attacks, versions and too few images", async () => {
  await using scenery = await scene();
  const cases: [string, Json, number, string][] = [
    [
      "cw",
      {},
      1,
      'Cannot attack with "cw": expected apgd-ce, apgd-dlr, apgd-t, autoattack, fab, fab-t, pgd50',
    ],
    [
      "autoattack",
      { ...autoattack, version: "best" },
      1,
      'Cannot run autoattack: version is "best", expected "standard" or "plus" or "rand" or "custom"',
    ],
    ["pgd50", { ...pgd, step: 2 }, 1, "Cannot run pgd50: step is not a known key (value 2)"],
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
    "its inputs are none, expected a model (train:… or model:…) and images",
  );
});
