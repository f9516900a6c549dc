/**
 * `deno task doctor`: what this machine has, what it lacks, and the command that mends it.
 *
 * @module
 */
import { statfs } from "node:fs/promises";
import { join, resolve } from "node:path";
import { sortBatches } from "../lib/data/batches.ts";
import { nameSplit } from "../lib/data/data_name.ts";
import { readImages } from "../lib/data/jpeg_folder.ts";
import { recognise, type Split } from "../lib/data/known_sets.ts";
import { decodeRecords, RECORD_BYTES } from "../lib/data/records.ts";
import { PjrtApi } from "../lib/pjrt/api.ts";
import { nativeBfloat16 } from "../lib/pjrt/bfloat16.ts";
import { CPU_PLUGIN, findPip, findPlugin, PLUGIN_VARIABLE } from "../lib/pjrt_plugin/mod.ts";
import {
  findBinding,
  findCompiler,
  readRecord,
  TENSORFLOW_CPU,
} from "../lib/tensorflow_binding/mod.ts";
import { loadProfile } from "../pipeline/profile/profile.ts";
import { commandMain } from "./common/command.ts";
import { readFlags, refuseRest } from "./common/flags.ts";
import { fromUser } from "./common/context.ts";
import type { MachineFinding } from "./common/machine_finding.ts";
import { gpuFinding, gpuLookup } from "./doctor/gpu.ts";
import { gpuRoom, memoryFindings } from "./common/gpu_memory.ts";
import { printJson } from "./common/printer.ts";
import { storeFolder } from "./common/store.ts";

/** What to look at. */
export interface DoctorOptions {
  /** The store; `artifacts` by default. */
  readonly store: string;
  readonly data?: string;
  readonly plugin?: string;
}

const TESTED_DENO = "2.9.6";
const GIGABYTE = 1e9;

/** The profile that comes with the project and needs the most memory. */
const LARGEST = "paper";

/** Looks at everything; changes nothing and does not use the network. */
export async function examine(options: DoctorOptions): Promise<MachineFinding[]> {
  return await Promise.all([
    deno(),
    plugin(options),
    gpuFinding(gpuLookup(options.plugin ?? (Deno.env.get(PLUGIN_VARIABLE) || undefined))),
    { name: "engine cpu", state: "ok", text: "always there; slow, for comparisons" } as const,
    tensorflow(options),
    data(options.data),
    disk(options.store),
    machine(),
    bfloat16(),
    ...await memoryFindings(loadProfile(LARGEST), await gpuRoom({ engine: "pjrt" })),
  ]);
}

function deno(): MachineFinding {
  const [major, minor] = Deno.version.deno.split(".").map(Number);
  const [wantedMajor, wantedMinor] = TESTED_DENO.split(".").map(Number);
  const recent = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  return {
    name: "Deno",
    state: recent ? "ok" : "missing",
    text: `${Deno.version.deno} for ${Deno.build.target}`,
    ...(!recent && { mend: `npx --yes deno@${TESTED_DENO} task doctor` }),
  };
}

async function plugin({ store, plugin }: DoctorOptions): Promise<MachineFinding> {
  const name = "engine pjrt";
  const ways = "pass --plugin PATH, set SMOOTHNESS_PJRT_PLUGIN, or use --engine cpu";
  try {
    const path = await findPlugin({ plugin, folder: join(store, "plugins") });
    if (path !== undefined) {
      return { name, state: "ok", text: `${path}, PJRT API ${new PjrtApi(path).version}` };
    }
  } catch (error) {
    return { name, state: "missing", text: (error as Error).message, mend: ways };
  }
  const size = `${(CPU_PLUGIN.wheel.bytes / 1e6).toFixed(1)} MB`;
  if (!CPU_PLUGIN.targets.includes(Deno.build.target)) {
    const text = `the CPU plugin is built for ${CPU_PLUGIN.targets.join(", ")} only`;
    return { name, state: "missing", text, mend: ways };
  }
  const pip = await findPip();
  return pip
    ? {
      name,
      state: "optional",
      text: `no plugin yet; the first run fetches it (${size}) with "${pip.join(" ")}"`,
      mend: "deno task pipeline",
    }
    : {
      name,
      state: "missing",
      text: `no plugin, and no pip to fetch it (${size}) with`,
      mend: `install pip, ${ways}`,
    };
}

async function tensorflow({ store }: DoctorOptions): Promise<MachineFinding> {
  const name = "engine tensorflow", build = "deno task engine:tensorflow";
  const folder = join(store, "engines");
  const path = await findBinding({ folder });
  if (path !== undefined) {
    const record = await readRecord(resolve(path, "../.."));
    const device = record?.verified.gpu ? "a GPU" : "the CPU";
    const text = `${path}, TensorFlow ${record?.verified.tensorflow}, computed on ${device} when ` +
      "it was checked";
    return { name, state: "ok", text };
  }
  const { targets, bytes } = TENSORFLOW_CPU;
  if (!targets.includes(Deno.build.target)) {
    const text = `TensorFlow is fetched for ${targets.join(", ")} only`;
    return { name, state: "optional", text, mend: "use --engine pjrt or --engine cpu" };
  }
  const lacking = [
    ...await findCompiler() ? [] : ["g++"],
    ...await findPip() ? [] : ["pip"],
  ];
  const text = `not built; building it fetches ${(bytes / 1e6).toFixed(0)} MB`;
  return lacking.length === 0 ? { name, state: "optional", text, mend: build } : {
    name,
    state: "optional",
    text: `${text} and needs ${lacking.join(" and ")}, which is missing`,
    mend: `install ${lacking.join(" and ")}, then "${build}"`,
  };
}

async function data(folder: string | undefined): Promise<MachineFinding> {
  const name = "data";
  const mend = 'pass "--data DIR" or set CIFAR10_DIR to a folder with data_batch_1….bin';
  if (folder === undefined) {
    const text = "no CIFAR-10 folder given; the profile demo needs none, paper downloads its own";
    return { name, state: "optional", text, mend };
  }
  const scratch = await Deno.makeTempDir({ prefix: "doctor_" });
  try {
    const { folder: found, files } = readImages(resolve(folder), "all", {
      cache: scratch,
      onDecode: () => {},
    });
    const { train, test } = sortBatches(Object.keys(files));
    const read = async (split: Split, names: readonly string[]) => {
      const parts: Uint8Array<ArrayBuffer>[] = [];
      for (const name of names) {
        parts.push(await Deno.readFile(files[name]));
        decodeRecords(parts[parts.length - 1], name);
      }
      const records = new Uint8Array(await new Blob(parts).arrayBuffer());
      return { count: records.length / RECORD_BYTES, name: nameSplit(recognise(split, records)) };
    };
    const training = await read("train", train), testing = await read("test", [test]);
    const sets = training.name === testing.name
      ? training.name
      : `${training.name}; ${testing.name}`;
    const text =
      `${training.count} training and ${testing.count} test images in ${found} (${sets})`;
    return { name, state: "ok", text };
  } catch (error) {
    return { name, state: "missing", text: (error as Error).message, mend };
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

async function disk(store: string): Promise<MachineFinding> {
  let folder = resolve(store);
  while (!(await Deno.stat(folder).catch(() => undefined))) folder = resolve(folder, "..");
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize / GIGABYTE;
  const enough = free >= 1;
  return {
    name: "disk",
    state: enough ? "ok" : "missing",
    text: `${free.toFixed(1)} GB free for ${resolve(store)}`,
    ...(!enough && { mend: "free at least 1 GB, or pass --store DIR" }),
  };
}

function machine(): MachineFinding {
  const { total, available } = Deno.systemMemoryInfo();
  const gigabytes = (bytes: number) => (bytes / GIGABYTE).toFixed(1);
  return {
    name: "machine",
    state: available >= 1.5 * GIGABYTE ? "ok" : "optional",
    text: `${navigator.hardwareConcurrency} cores, ${gigabytes(available)} of ${
      gigabytes(total)
    } GB memory available`,
    ...(available < 1.5 * GIGABYTE && { mend: "end other programs, or pass --jobs 1" }),
  };
}

function bfloat16(): MachineFinding {
  const name = "bfloat16", native = nativeBfloat16();
  if (native === undefined) {
    const text = "this processor does not multiply it natively: on the CPU it gains nothing";
    return { name, state: "optional", text, mend: "leave out --search bf16 and precision: bf16" };
  }
  const text = native === null
    ? "the system does not say whether this processor multiplies it natively"
    : `this processor multiplies it natively (${native}): see --search bf16, precision: bf16`;
  return { name, state: "ok", text };
}

/** Findings as lines for a terminal. */
export function describe(findings: readonly MachineFinding[]): string {
  const mark = { ok: "ok      ", optional: "optional", missing: "MISSING " };
  const width = Math.max(...findings.map(({ name }) => name.length));
  const indent = " ".repeat(mark.ok.length + width + 4);
  const lines = findings.flatMap(({ name, state, text, mend }) => [
    `${mark[state]}  ${name.padEnd(width)}  ${text.replaceAll("\n", `\n${indent}`)}`,
    ...(mend ? [`${indent}-> ${mend}`] : []),
  ]);
  const missing = findings.filter(({ state }) => state === "missing").length;
  const verdict = missing === 0
    ? 'Everything that "deno task pipeline" needs is there'
    : `Missing: ${missing}; see the arrows above`;
  return [...lines, "", verdict].join("\n");
}

const HELP = `Says what was found on this machine and what is missing

Usage: deno task doctor [--data DIR] [--plugin PATH] [--store DIR] [--json]

Options:
  --data DIR     folder with CIFAR-10 in its binary layout (or CIFAR10_DIR)
  --plugin PATH  PJRT plugin (or SMOOTHNESS_PJRT_PLUGIN)
  --store DIR    folder of results and fetched plugins (or SMOOTHNESS_STORE; artifacts)
  --json         one JSON object a line

Exit code: 0 if the demo profile can run, 1 if something is missing, 2 for wrong usage`;

if (import.meta.main) {
  await commandMain(async () => {
    const { texts, flags, rest } = readFlags(Deno.args, {
      texts: ["data", "plugin", "store"],
      flags: ["json"],
    });
    if (flags.has("help")) {
      console.log(HELP);
      return 0;
    }
    refuseRest(rest, '; run "deno task doctor --help"');
    const path = (value: string | undefined) => value ? fromUser(value) : undefined;
    const findings = await examine({
      store: storeFolder(texts.store),
      data: path(texts.data || Deno.env.get("CIFAR10_DIR")),
      plugin: path(texts.plugin),
    });
    if (flags.has("json")) {
      printJson(...findings.map((finding) => ({ kind: "finding", ...finding })));
    } else console.log(describe(findings));
    return findings.some(({ state }) => state === "missing") ? 1 : 0;
  });
}
