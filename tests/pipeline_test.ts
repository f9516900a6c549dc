/** The whole way of the data on a very small table, as a user starts it. @module */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readPage, readScript } from "../cli/report/check/_read.ts";
import { checkModel } from "../cli/report/check/check_model.ts";
import { SHARED } from "../cli/report/check/plan.ts";
import { openShared } from "../cli/report/check/shared.ts";
import type { Activation } from "../lib/models/activation.ts";
import type { Architecture } from "../lib/models/architecture.ts";
import { loadRules } from "../lib/rules/mod.ts";
import { tf } from "../lib/tensorflow/mod.ts";
import { openStore } from "../pipeline/store/store.ts";
import { copyCode } from "./copy.ts";
import { findPlugin } from "./engines.ts";
import { killCell, randomNumbers } from "./kill.ts";
import { permitted } from "./permitted.ts";
import { SMALL_MODEL } from "./small_model.ts";

const ROOT = new URL("..", import.meta.url);
const plugin = await findPlugin();

/** Everything is as in the demo profile but for its size. */
const TINY = [
  "table=[igr/relu, fgsm/gelu]",
  "data.train_images=96",
  "data.test_images=16",
  SMALL_MODEL,
  "recipe.epochs=1",
  "recipe.batch_size=16",
  "recipe.held_out_images=16",
  "recipe.probe_images=16",
  "attacks.images=8",
  "attacks.batch_size=8",
  "attacks.pgd50.steps=2",
  "attacks.autoattack.apgd_iterations=3",
  "attacks.autoattack.apgd_targets=1",
  "attacks.autoattack.fab_iterations=2",
  "attacks.autoattack.fab_targets=1",
  "attacks.autoattack.square_queries=5",
];

/** Of the table. */
const COLUMNS = ["clean", "pgd50", "autoattack"];

interface Event {
  readonly kind: string;
  readonly cell?: string;
  readonly text?: string;
  readonly tail?: readonly string[];
  readonly summary?: { readonly [name in "ran" | "cached" | "failed" | "skipped"]: string[] };
  readonly files?: readonly string[];
  readonly report?: string;
}

/** Runs `deno task pipeline` on the tiny table and returns what it reported. */
async function pipeline(store: string, ...more: string[]) {
  const began = performance.now();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "cli/pipeline.ts", "--json", "--jobs", "2", "--store", store],
      ...["--plugin", plugin!],
      ...[...TINY, ...more].flatMap((change) => ["--set", change]),
    ],
    cwd: ROOT,
  }).output();
  const seconds = (performance.now() - began) / 1000;
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  const events: Event[] = lines.map((line) => JSON.parse(line));
  const problems = events.filter(({ kind }) => kind === "failed")
    .map(({ cell, text, tail }) => `${cell}: ${text}\n${tail?.join("\n")}`);
  assertEquals(code, 0, [...problems, new TextDecoder().decode(stderr)].join("\n"));
  return { summary: events.find(({ kind }) => kind === "end")!.summary!, events, seconds };
}

/** Copies what finished cells left. */
function copyStore(from: string, to: string): void {
  const copy = (path: string) => {
    Deno.mkdirSync(join(to, path), { recursive: true });
    for (const { name, isDirectory } of Deno.readDirSync(join(from, path))) {
      const child = join(path, name);
      if (isDirectory) copy(child);
      else Deno.copyFileSync(join(from, child), join(to, child));
    }
  };
  // No cache: the next run makes its own.
  for (const part of ["objects", "manifests", "latest", "code"]) copy(part);
}

const CELLS = [
  "aggregate",
  "attack:autoattack:fgsm:gelu",
  "attack:autoattack:igr:relu",
  "attack:pgd50:fgsm:gelu",
  "attack:pgd50:igr:relu",
  "fetch:cifar10",
  "plot",
  "train:fgsm:gelu",
  "train:igr:relu",
];

/** Runs a command that prints JSON lines, and returns them. */
async function json(name: string, store: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", `cli/${name}.ts`, "--json", "--store", store],
      ...[...TINY.flatMap((change) => ["--set", change]), ...args],
    ],
    cwd: ROOT,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  assertEquals(code, 0, `${text(stdout)}\n${text(stderr)}`);
  return text(stdout).split("\n").map((line) => JSON.parse(line));
}

/** What `deno task trace --json` prints, as far as it is needed here. */
interface Trace {
  readonly sources: readonly { readonly cell: string; readonly digest: string }[];
  readonly commands: readonly string[];
}

/** Types commands where somebody has the project: at the commit they name, if it is clean. */
async function typed(commands: readonly string[], folder: string): Promise<void> {
  const sh = async (command: string, cwd: string) => {
    const { success, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-e", "-c", command],
      cwd,
      // a task runner that these tests run under has set INIT_CWD to its own folder
      env: { SMOOTHNESS_PJRT_PLUGIN: plugin!, INIT_CWD: cwd },
    }).output();
    const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
    assert(success, `${command}\n${text}`);
  };
  const [first] = commands;
  const clean = first.startsWith("git checkout") && !first.includes("#");
  if (clean) await sh(`git clone --quiet --no-checkout . "${folder}"`, fileURLToPath(ROOT));
  else await copyCode(folder);
  for (const command of commands.slice(clean || !first.startsWith("git") ? 0 : 1)) {
    await sh(command, folder);
  }
}

/**
 * How often a cell of every kind is killed; each half in a store of its own. `deno task bench:kill`
 * kills for as long as one likes.
 */
const KILLS: readonly Readonly<Record<string, number>>[] = [
  { "train:fgsm:gelu": 2, "fetch:cifar10": 1, "aggregate": 1 },
  { "attack:autoattack:fgsm:gelu": 2, "plot": 1 },
];

permitted({
  name: "pipeline makes table and figure, does nothing twice, and redoes what a number changes" +
    (plugin ? "" : " (skipped: no PJRT plugin)"),
  ignore: !plugin,
  fn: async (test) => {
    const store = await Deno.makeTempDir();
    const results = join(store, "results", "demo"), page = join(results, "report.html");
    try {
      await test.step("the first run makes every cell, table and figure", async () => {
        const { summary, events } = await pipeline(store);
        assertEquals(summary.ran.toSorted(), CELLS);
        const { files, report } = events.find(({ kind }) => kind === "results")!;
        assertEquals(report, page);
        assert((await Deno.readTextFile(page)).includes('data-number="table1.fgsm.gelu.pgd50"'));
        for (const file of ["table1.txt", "table1.json", "verdict.json", "figure1.png"]) {
          assert(files!.includes(file), `${file} is not among ${files}`);
        }
        assert((await Deno.readTextFile(join(results, "figure1.svg"))).startsWith("<svg"));
        const text = await Deno.readTextFile(join(results, "table1.txt"));
        for (const word of ["synthetic-v1", "demo"]) assert(text.includes(word), text);
      });
      await test.step("what XLA left is equal where the page computes it again", async () => {
        await tf.setBackend("cpu");
        const { plan, folder } = await readPage(page);
        const shared = openShared(await readScript(join(folder, SHARED)), plan);
        const rules = {
          activation: await loadRules<Activation>("activation"),
          architecture: await loadRules<Architecture>("architecture"),
        };
        const pace = { block: 8, rest: () => Promise.resolve() };
        assertEquals(plan.models.length, 2);
        for (const planned of plan.models) {
          const parts = await readScript(join(folder, planned.file));
          const { columns, slopes } = await checkModel(planned, parts, shared, { rules, pace });
          const found = Object.entries({ ...columns, slopes: slopes! });
          assertEquals(found.map(([name]) => name).sort(), [...COLUMNS, "slopes"].sort());
          assertEquals(found.filter(([, { state }]) => state !== "equal"), []);
        }
      });
      await test.step("the second run does nothing", async () => {
        const { ino } = await Deno.stat(page), { summary, seconds } = await pipeline(store);
        assertEquals([summary.ran, (await Deno.stat(page)).ino], [[], ino]);
        assertEquals(summary.cached.toSorted(), CELLS);
        assert(seconds < 10, `it took ${seconds} seconds`);
      });
      await test.step("cells killed at seven random points leave what they left before", async () => {
        const options = [...TINY.flatMap((change) => ["--set", change]), "--plugin", plugin!];
        // Another seed each time: where it fails, the points are in the message.
        const random = randomNumbers(Math.floor(Math.random() * 2 ** 32));
        await Promise.all(KILLS.map(async (half, index) => {
          const copy = join(store, `copy_${index}`);
          copyStore(store, copy);
          const ground = {
            root: fileURLToPath(ROOT),
            store: copy,
            profile: "demo",
            options,
            random,
          };
          for (const [cell, kills] of Object.entries(half)) {
            const { points, problems } = await killCell(ground, cell, kills);
            const where = `${cell}, ${JSON.stringify(points)}`;
            assertEquals([points.length, problems], [kills, []], where);
          }
        }));
      });
      await test.step("verify finds a training and an attack identical", async () => {
        const cells = ["train:fgsm:gelu", "attack:autoattack:fgsm:gelu"];
        const lines = await json("verify", store, "--plugin", plugin!, ...cells);
        const verdicts = lines.filter(({ kind }) => kind === "verified")
          .map(({ attestation: { cell, verdict } }) => [cell, verdict]);
        assertEquals(verdicts, cells.map((cell) => [cell, "identical"]));
      });
      await test.step("the commands that trace prints count the same number anew", async () => {
        const [{ sources, commands }]: Trace[] = await json(
          "trace",
          store,
          "table1.fgsm.gelu.autoattack",
        );
        const folder = join(store, "project");
        await typed(commands, folder);
        const again = openStore(join(folder, "anew")).latest("demo", sources[0].cell);
        assertEquals(again?.outputs["verdicts.json"].digest, sources[0].digest);
      });
      await test.step("another lambda redoes what depends on it, and back is instant", async () => {
        const { summary } = await pipeline(store, "methods.igr.lambda=0.5");
        assertEquals(
          summary.ran.toSorted(),
          CELLS.filter((cell) => cell.includes("igr") || ["aggregate", "plot"].includes(cell)),
        );
        assertEquals((await pipeline(store)).summary.ran, []);
      });
    } finally {
      await Deno.remove(store, { recursive: true });
    }
  },
});
