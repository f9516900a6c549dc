import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { CIFAR10_ARCHIVE, CIFAR10_HOST } from "../../lib/data/cifar10.ts";
import { RECORD_BYTES } from "../../lib/data/records.ts";
import { type Job, type Json, type Reporter, StageFailure } from "../job.ts";
import { run } from "./main.ts";
import { data as cifar10 } from "../../lib/data/sets/cifar10.ts";
import { data as synthetic } from "../../lib/data/sets/synthetic.ts";
import { jobRules } from "../_run_stage.ts";
import { fetchPermissions } from "./mod.ts";
import { permitted } from "../../tests/permitted.ts";

const silent: Reporter = { progress: () => {}, log: () => {}, loaded: () => {} };

/** `count` records, each filled with its label. */
function records(count: number, label: number): Uint8Array {
  return new Uint8Array(count * RECORD_BYTES).fill(label);
}

/** Runs the stage on files of a folder; hands over the output folder. */
async function withRun(
  data: { [key: string]: Json },
  files: Record<string, Uint8Array>,
  use: (outcome: Promise<Record<string, number>>, output: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const paths: Record<string, string> = {};
    for (const [name, bytes] of Object.entries(files)) {
      await Deno.writeFile(paths[name] = join(folder, name), bytes);
    }
    const output = join(folder, "output");
    await Deno.mkdir(output);
    const job: Job = {
      cell: "fetch:cifar10",
      stage: "fetch",
      parameters: { data },
      seed: "5",
      rules: jobRules({ data: [data?.source === "synthetic" ? "synthetic" : "cifar10"] }),
      inputs: { "external:data": paths },
      work: folder,
      output,
      engine: { kind: "cpu" },
    };
    await use(run(job, silent).then(({ metrics }) => ({ ...metrics })), output);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const folder = { source: "folder", name: "test-set", train_images: null, test_images: null };

permitted("run() joins the batches of a folder in order", async () => {
  const files = {
    "test_batch.first2.bin": records(2, 7),
    "data_batch_2.bin": records(1, 2),
    "data_batch_1.first3.bin": records(3, 1),
  };
  await withRun(folder, files, async (outcome, output) => {
    assertEquals(await outcome, { train_images: 4, test_images: 2 });
    const train = await Deno.readFile(join(output, "train.bin"));
    assertEquals(train, new Uint8Array([...records(3, 1), ...records(1, 2)]));
    const test = await Deno.readFile(join(output, "test.bin"));
    assertEquals(test, records(2, 7));
    const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
    const { classes, ...rest } = JSON.parse(
      await Deno.readTextFile(join(output, "dataset.json")),
    );
    // what the labels of a set of one's own stand for is not known
    assertEquals(classes, Array.from({ length: 10 }, (_, label) => `class ${label}`));
    assertEquals(rest, {
      name: `test-set (no known set: training images with SHA-256 ${
        sha256(train).slice(0, 12)
      }, test images with SHA-256 ${sha256(test).slice(0, 12)})`,
      source: "folder",
      train: 4,
      test: 2,
      sha256: { train: sha256(train), test: sha256(test) },
    });
  });
});

permitted("run() takes the first images where fewer are asked for", async () => {
  const files = { "data_batch_1.bin": records(3, 1), "test_batch.bin": records(2, 7) };
  const fewer = { ...folder, train_images: 2, test_images: 1 };
  await withRun(fewer, files, async (outcome, output) => {
    assertEquals(await outcome, { train_images: 2, test_images: 1 });
    assertEquals((await Deno.stat(join(output, "train.bin"))).size, 2 * RECORD_BYTES);
  });
});

const good = { "data_batch_1.bin": records(3, 1), "test_batch.bin": records(2, 7) };
const bad: [string, { [key: string]: Json }, Record<string, Uint8Array>, string][] = [
  [
    "more images than there are",
    { ...folder, train_images: 4 },
    good,
    'Cannot take 4 train images: only 3 were found in "data_batch_1.bin"; give more data with ' +
    '"--data DIR" or ask for fewer with "--set data.train_images=3"',
  ],
  ["a folder without data", folder, {}, "it has no test batch (test_batch….bin); add"],
  [
    "a truncated file",
    folder,
    { ...good, "test_batch.bin": records(2, 7).subarray(1) },
    'Cannot read "test_batch.bin": size 6145 is not a multiple of 3073',
  ],
  [
    "labels that are none",
    folder,
    { ...good, "data_batch_1.bin": records(1, 11) },
    'Cannot read "data_batch_1.bin": record 0 has label 11',
  ],
];
for (const [criterion, data, files, message] of bad) {
  permitted(`run() refuses ${criterion}`, async () => {
    await withRun(data, files, async (outcome, output) => {
      await assertRejects(() => outcome, StageFailure, message);
      assertEquals([...Deno.readDirSync(output)], []);
    });
  });
}

permitted("run() refuses parameters that no profile has", async () => {
  const synthetic = { ...folder, source: "synthetic", name: "synthetic-v1" };
  const cases: [{ [key: string]: Json }, string][] = [
    [{ ...folder, source: "web" }, 'data.source is "web", expected "folder" or "archive"'],
    [synthetic, "data.train_images is null, expected a whole number"],
    [{ ...folder, set: "mnist" }, 'data.set is "mnist", expected "cifar10"'],
  ];
  for (const [data, message] of cases) {
    await withRun(data, good, async (outcome) => {
      await assertRejects(() => outcome, TypeError, message);
    });
  }
});

permitted("run() leaves a mistake of the program what it is, with its stack", async () => {
  // no data at all among the parameters: no profile that was read has that
  await withRun(null as unknown as { [key: string]: Json }, {}, async (outcome) => {
    const error = await assertRejects(() => outcome, TypeError);
    assertStringIncludes(error.stack!, "main.ts");
  });
});

permitted("run() names synthetic images by how they were made", async () => {
  const data = { source: "synthetic", train_images: 10, test_images: 10 };
  const cases: [name: string, difficulty: { [key: string]: Json }, expected: string][] = [
    ["synthetic-v1", {}, "synthetic-v1"],
    ["synthetic-v1", { contrast: 0.3 }, "synthetic-v1 (contrast 0.3)"],
    ["synthetic-mine", { clutter: 9 }, "synthetic-mine (synthetic-v1 with clutter 9)"],
  ];
  for (const [name, difficulty, expected] of cases) {
    await withRun({ ...data, name, difficulty }, {}, async (outcome, output) => {
      await outcome;
      const dataset = JSON.parse(await Deno.readTextFile(join(output, "dataset.json")));
      assertEquals(dataset.name, expected);
    });
  }
});

permitted("run() makes synthetic images without any file", async () => {
  const data = { source: "synthetic", name: "synthetic-v1", train_images: 20, test_images: 10 };
  await withRun(data, {}, async (outcome, output) => {
    assertEquals(await outcome, { train_images: 20, test_images: 10 });
    const { classes, name } = JSON.parse(await Deno.readTextFile(join(output, "dataset.json")));
    assertEquals([name, classes.length, classes[0]], ["synthetic-v1", 10, "warm disc"]);
    assertEquals((await Deno.stat(join(output, "test.bin"))).size, 10 * RECORD_BYTES);
  });
});

permitted("fetchPermissions() allows the archive's host alone, and only for the archive", () => {
  const { archive, folder } = cifar10.sources;
  assertEquals(fetchPermissions(archive.hosts).net, [CIFAR10_HOST]);
  assertEquals(new URL(CIFAR10_ARCHIVE.url).host, CIFAR10_HOST);
  const others = [folder, synthetic.sources.synthetic];
  assertEquals(others.map(({ hosts }) => fetchPermissions(hosts)), [{}, {}]);
});

const PREFIX = new URL("../../../shared/data/cifar10-prefix/", import.meta.url);
const hasPrefix = await Deno.stat(PREFIX).then(() => true, () => false);
permitted({
  name: "run() reads the short files of cifar10-prefix as they are" +
    (hasPrefix ? "" : " (skipped: ../shared/data/cifar10-prefix is not there)"),
  ignore: !hasPrefix,
  fn: async () => {
    const files: Record<string, Uint8Array> = {};
    for (const { name } of Deno.readDirSync(PREFIX)) {
      if (name.endsWith(".bin")) files[name] = Deno.readFileSync(new URL(name, PREFIX));
    }
    const cases: [declared: string, remark?: string][] = [
      ["cifar10-prefix"],
      [
        "cifar10",
        "The profile calls the data cifar10, but its digests are those of cifar10-prefix",
      ],
    ];
    for (const [name, remark] of cases) {
      await withRun({ ...folder, name }, files, async (outcome, output) => {
        assertEquals(await outcome, { train_images: 8068, test_images: 1017 });
        const dataset = JSON.parse(await Deno.readTextFile(join(output, "dataset.json")));
        assertEquals([dataset.name, dataset.remark], ["cifar10-prefix", remark]);
        assertEquals(dataset.classes[0], "airplane");
      });
    }
    // other labels are another set, however it is called
    const shifted = files["data_batch_3.first1017.bin"].slice();
    for (let at = 0; at < shifted.length; at += RECORD_BYTES) shifted[at] = (shifted[at] + 1) % 10;
    const changed = { ...files, "data_batch_3.first1017.bin": shifted };
    await withRun({ ...folder, name: "cifar10-prefix" }, changed, async (outcome, output) => {
      await outcome;
      const { name, remark } = JSON.parse(await Deno.readTextFile(join(output, "dataset.json")));
      assertMatch(
        name,
        /^unknown images \(no known set: training images with SHA-256 [0-9a-f]{12}, test images of cifar10-prefix\)$/,
      );
      assertEquals(
        remark,
        "The profile calls the data cifar10-prefix, but its training images are neither that set's " +
          "nor another known one's",
      );
    });
  },
});
