/**
 * `deno task doctor`: what this machine has, what it lacks, and the command that mends it.
 *
 * @module
 */
import { resolve } from "node:path";
import { sortBatches } from "../lib/data/batches.ts";
import { nameSplit } from "../lib/data/data_name.ts";
import { readImages } from "../lib/data/jpeg_folder.ts";
import { recognise } from "../lib/data/known_sets.ts";
import { decodeRecords, RECORD_BYTES } from "../lib/data/records.ts";
import { PLUGIN_VARIABLE } from "../lib/pjrt_plugin/mod.ts";
import { messageOf } from "../lib/std/message_of.ts";
import { wrap } from "../lib/std/wrap.ts";
import type { Split } from "../lib/data/set.ts";
import { loadProfile } from "../pipeline/profile/profile.ts";
import { type Command, commandMain } from "./common/command.ts";
import { JSON_OPTION, STORE_TEXT } from "./common/options.ts";
import { readFlags, refuseRest } from "./common/flags.ts";
import { fromUser } from "./common/context.ts";
import type { MachineFinding } from "./common/machine_finding.ts";
import { type EnginePlaces, pluginFinding, tensorflowFinding } from "./doctor/engines.ts";
import { gpuFinding, gpuLookup } from "./doctor/gpu.ts";
import { bfloat16Finding, denoFinding, diskFinding, machineFinding } from "./doctor/host.ts";
import { gpuRoom, memoryFindings } from "./common/gpu_memory.ts";
import { COLUMNS } from "./common/look.ts";
import { printJson } from "./common/printer.ts";
import { storeFolder } from "./common/store.ts";

/** What to look at. */
export interface DoctorOptions extends EnginePlaces {
  /** Folder with the data's files. */
  readonly data?: string;
}

/** The profile that comes with the project and needs the most memory. */
const LARGEST = "paper";

/** Looks at everything; changes nothing and does not use the network. */
export async function examine(options: DoctorOptions): Promise<MachineFinding[]> {
  return await Promise.all([
    denoFinding(),
    pluginFinding(options),
    gpuFinding(gpuLookup(options.plugin ?? (Deno.env.get(PLUGIN_VARIABLE) || undefined))),
    { name: "engine cpu", state: "ok", text: "always there; slow, for comparisons" } as const,
    tensorflowFinding(options),
    data(options.data),
    diskFinding(options.store),
    machineFinding(),
    bfloat16Finding(),
    ...await memoryFindings(loadProfile(LARGEST), await gpuRoom({ engine: "pjrt" })),
  ]);
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
    return { name, state: "missing", text: messageOf(error), mend };
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/** Findings as lines for a terminal. */
export function describe(findings: readonly MachineFinding[]): string {
  const mark = { ok: "ok      ", optional: "optional", absent: "absent  ", missing: "MISSING " };
  const width = Math.max(...findings.map(({ name }) => name.length));
  const indent = mark.ok.length + width + 4, room = Math.max(COLUMNS - indent, 20);
  const lines = findings.flatMap(({ name, state, text, mend }) => {
    const [first, ...rest] = [
      ...text.split("\n").flatMap((line) => wrap(line, room)),
      ...mend === undefined ? [] : wrap(`-> ${mend}`, room, "   "),
    ];
    return [
      `${mark[state]}  ${name.padEnd(width)}  ${first}`,
      ...rest.map((line) => " ".repeat(indent) + line),
    ];
  });
  const missing = findings.filter(({ state }) => state === "missing").length;
  const verdict = missing === 0
    ? 'Everything that "deno task pipeline" needs is there'
    : `Missing: ${missing}; see the arrows above`;
  return [...lines, "", verdict].join("\n");
}

/** What the command is. */
export const command = {
  read: (args: readonly string[]) => {
    const read = readFlags(args, { texts: ["data", "plugin", "store"], flags: ["json"] });
    refuseRest(read.rest, '; run "deno task doctor --help"');
    return read;
  },
  help: {
    summary: "Says what was found on this machine, what is missing, and the command that mends it.",
    usage: ["deno task doctor [options]"],
    options: [["Options", [
      [
        "--data DIR",
        "folder with CIFAR-10 in its binary layout (default: CIFAR10_DIR of the environment)",
      ],
      ["--plugin PATH", "PJRT plugin (default: SMOOTHNESS_PJRT_PLUGIN of the environment)"],
      ["--store DIR", STORE_TEXT],
      JSON_OPTION,
    ]]],
    examples: [["deno task doctor", "this machine"], [
      "deno task doctor --data cifar-10-batches-bin",
      "and a folder of images",
    ]],
    exits: "0 if the demo profile can run, 1 if something is missing, 2 for wrong usage",
  },
} satisfies Command;

if (import.meta.main) {
  await commandMain(async () => {
    const { texts, flags } = command.read(Deno.args);
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
  }, command);
}
