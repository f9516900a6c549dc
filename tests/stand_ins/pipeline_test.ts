import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openStore } from "../../pipeline/store/store.ts";
import { SMALL_MODEL } from "../small_model.ts";
import { codes, type StandIn, testStandIn as test } from "./mod.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The demo profile, so small that compiling takes longest. */
const tiny = [
  "table=[natural/relu,natural/gelu]",
  "data.train_images=12",
  "data.test_images=8",
  SMALL_MODEL,
  "recipe.epochs=1",
  "recipe.batch_size=4",
  "recipe.held_out_images=4",
  "recipe.probe_images=4",
  "attacks.images=8",
  "attacks.batch_size=8",
  "attacks.pgd50.steps=2",
].flatMap((change) => ["--set", change]);

const relu = "train:natural:relu",
  gelu = "train:natural:gelu",
  attack = "attack:pgd50:natural:relu";

/** Only programs with GELU have this operation, only blocks of an attack this shape. */
const ofGelu = "chlo.erf", ofBlock = "tensor<8x32x32x3xf32>";

/** Time in which every command has ended, milliseconds: a stand-in may hang. */
const LIMIT_MS = 120_000;

interface Ended {
  readonly code: number;
  readonly text: string;
}

/** Starts a command on a stand-in's machine; `onText` is given its output as it comes. */
async function run(
  standIn: StandIn,
  [file, ...args]: readonly string[],
  onText: (text: string, child: Deno.ChildProcess) => void = () => {},
): Promise<Ended> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-run",
      "--allow-sys=hostname",
      `cli/${file}.ts`,
      ...args,
    ],
    cwd: root,
    env: standIn.environment,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const limit = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
  let text = "";
  const errors = new Response(child.stderr).text();
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    onText(text, child);
  }
  const { code } = await child.status;
  clearTimeout(limit);
  return { code, text: text + await errors };
}

const stage = (standIn: StandIn, ...cells: string[]) => [
  ...["stage", ...cells, ...tiny, "--jobs", "1", "--store", join(standIn.folder, "store")],
];

test("a cell whose process XLA ends is reported with its last words, and others go on", {
  compile: { match: ofGelu, abort: true, log: "F1127 autotuner.cc:1] Check failed: false" },
}, async (standIn) => {
  const cut = await run(standIn, stage(standIn, gelu, relu));
  assertEquals(cut.code, 1, cut.text);
  assertStringIncludes(
    cut.text,
    `${gelu}: failed: The process was ended by SIGABRT before it gave a result\n` +
      "  | F1127 autotuner.cc:1] Check failed: false\n",
  );
  assertStringIncludes(cut.text, `${relu}: done in`);
  await standIn.set({});
  const again = await run(standIn, stage(standIn, gelu, relu));
  assertEquals(again.code, 0, again.text);
  assertStringIncludes(again.text, "1 cell ran, 2 cached");
});

test("a cell for which a GPU has no memory says what would help, and others go on", {
  execute: {
    match: ofGelu,
    text: "Out of memory while trying to allocate 9GiB.",
    code: codes.exhausted,
  },
}, async (standIn) => {
  const { code, text } = await run(standIn, stage(standIn, gelu, relu));
  assertEquals(code, 1, text);
  assertStringIncludes(text, `${gelu}: failed: Cannot train in batches of 4 images in f32`);
  assertStringIncludes(text, "--gpu-memory");
  assertStringIncludes(text, `${relu}: done in`);
  assert(!text.includes("    at "), `no stack: ${text}`);
});

test("an attack goes on in halves where a GPU's memory does not hold a block", {
  execute: {
    match: ofBlock,
    text: "Out of memory while trying to allocate 9GiB.",
    code: codes.exhausted,
  },
}, async (standIn) => {
  const { code, text } = await run(standIn, stage(standIn, attack));
  assertEquals(code, 0, text);
  assertStringIncludes(text, "memory does not hold 8 images: going on with 4 at a time");
});

test("a cell is computed without autotuning where that fails; log and provenance say so", {
  compile: {
    match: ofGelu,
    unless: "xla_gpu_autotune_level",
    text: "Autotuning failed for HLO: %cudnn-conv with error: NOT_FOUND: No valid config found!",
  },
}, async (standIn) => {
  const { code, text } = await run(standIn, stage(standIn, gelu));
  assertEquals(code, 0, text);
  assertMatch(text, /train:natural:gelu: compiled ".*" without autotuning, since that failed/);
  const store = openStore(join(standIn.folder, "store"));
  const [profile] = [...Deno.readDirSync(join(standIn.folder, "store", "latest"))];
  assertMatch(
    String(store.latest(profile.name, gelu)?.provenance.untuned),
    /natural training step/,
  );
});

test("a GPU that cannot be opened is told in one line, with what XLA wrote and no stack", {
  create: {
    text: "No visible GPU devices.",
    log: "E1127 cuda_platform.cc:57] failed call to cuInit",
  },
}, async (standIn) => {
  const { code, text } = await run(standIn, stage(standIn, relu));
  assertEquals(code, 1, text);
  const told = text.slice(text.indexOf(`${relu}: failed: `)).split("\n");
  assertMatch(
    told[0],
    /Cannot open the GPU with ".*": PJRT: No visible GPU devices; the plugin sees/,
  );
  assertEquals(told[1], "  | E1127 cuda_platform.cc:57] failed call to cuInit");
  assertMatch(told[2], /^1 cell ran, 0 cached, 1 failed/);
});

test("a compilation that takes long says so, and ends with Ctrl+C", {
  compile: { sleep: 600 },
}, async (standIn) => {
  let asked = false;
  const { code, text } = await run(standIn, [...stage(standIn, relu), "--json"], (text, child) => {
    if (asked || !/compiling [^"]*, 2 s/.test(text)) return;
    asked = true;
    child.kill("SIGINT");
  });
  assertEquals([code, asked], [130, true], text);
});

test("bundle run ends in its budget though a run hangs, and keeps what is finished", {
  execute: { sleep: 600 },
}, async (standIn) => {
  const bundle = join(standIn.folder, "bundle"), store = join(standIn.folder, "store");
  const exported = await run(standIn, [
    ...["bundle", "export", relu, "--out", bundle, "--store", store, ...tiny],
  ]);
  assertEquals(exported.code, 0, exported.text);
  const begin = performance.now();
  const ran = await run(standIn, ["bundle", "run", bundle, "--budget", "5s"]);
  assert(performance.now() - begin < 12_000);
  assertEquals(ran.code, 75, ran.text);
  assertStringIncludes(ran.text, "Computing on NVIDIA H100 80GB HBM3");
  assertMatch(ran.text, /Results: 1 finished cell /);
  assertStringIncludes(ran.text, `Not finished: ${relu}; the same command goes on`);
});
