/**
 * The benchmark of a GPU host: is what it computes right, and how fast is it beside PyTorch and JAX?
 *
 *     mod record PLUGIN FILE     writes what this plugin computes, to compare with
 *     mod run [--folder DIR] [--state DIR] [--data DIR] [--plugin PATH] [--budget 9m] [--first]
 *             [--only TEXT] [--out DIR] [--tiny]
 *
 * `pack.sh` makes of it a folder that needs no network, and `run.sh` there runs it: with JAX's CUDA
 * plugin unless another is named. What is measured is kept at once in `results.jsonl` in the folder
 * `--state`; a call measures what fits into the budget, most wanted first, and the next one goes on.
 * `--first` stops after what has to be known before anything is trained, `--only` picks items by a
 * part of their names, `--tiny` takes sizes that a CPU can do, and `--out` gets a copy of the results
 * and the report. The exit code is 0 if all is measured, 75 if something is left for another call, and
 * 1 if what this engine computes is wrong.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { join, resolve } from "node:path";
import { readImages as readJpegFolder } from "../../lib/data/jpeg_folder.ts";
import { type Engine, openEngine } from "../../lib/engines/mod.ts";
import { findCudaPlugin } from "../../lib/pjrt_plugin/cuda.ts";
import { flopsOf } from "../../lib/tracing/flops.ts";
import { UNFINISHED_EXIT } from "../../pipeline/run/exit_codes.ts";
import { removeIfPresent, writeAtomic } from "../../pipeline/store/files.ts";
import { compareReferences, compute, type Reference } from "./agreement.ts";
import { attack, type AttackFiles, attackTables, readImages, trainModel } from "./attacks.ts";
import {
  firstContact,
  type Item,
  nameOf,
  paperSizes,
  type Peer,
  plan,
  type Sizes,
  tinySizes,
} from "./items.ts";
import { type Entry, expectedSeconds, openLedger } from "./ledger.ts";
import { programFor, textOf, timeEpoch, timeEvaluation, timeStep } from "./ours.ts";
import { type Python, startPython } from "./python.ts";
import { toReport } from "./report.ts";
import { type Timed, timeInTurns, turns } from "./timing.ts";

/** Seconds to expect of the first item of a kind. */
const unknown = {
  agreement: 90,
  step: 90,
  load: 40,
  evaluate: 30,
  epoch: 60,
  model: 90,
  attack: 150,
};

/** Everything that an item is measured with. */
interface Host {
  readonly engine: Engine;
  readonly plugin: string;
  /** `cuda` or `cpu`, as PyTorch calls it. */
  readonly device: "cuda" | "cpu";
  readonly sizes: Sizes;
  /** The folder that `pack.sh` made. */
  readonly folder: string;
  /** Where all that is measured lies. */
  readonly state: string;
  readonly files: AttackFiles;
  readonly torch: () => Promise<Python>;
  readonly jax: () => Promise<Python>;
}

/** What a peer is to prepare. */
function peerOf(
  peer: Peer,
  item: Extract<Item, { peers: readonly Peer[] }>,
  host: Host,
): () => Promise<Timed> {
  const { sizes, engine, torch, jax } = host, { peers: _, ...rest } = item;
  const request = { activation: "gelu", batch: sizes.batches[0], width: sizes.width, ...rest };
  switch (peer) {
    case "jax":
      return async () => await (await jax()).prepare(request);
    case "jax_same":
      return async () => {
        if (item.kind === "epoch") throw new TypeError("An epoch is no single program");
        const program = programFor(item, sizes);
        const { text, inputs, feeds } = textOf(program, engine.description.platform);
        const file = await Deno.makeTempFile({ suffix: ".mlir" });
        try {
          await Deno.writeTextFile(file, text);
          return await (await jax()).prepare({ kind: "same", text: file, inputs, feeds });
        } finally {
          await Deno.remove(file);
        }
      };
    default:
      return async () => {
        const images = item.kind === "epoch"
          ? await readImages(host.files.data, "train", sizes.trained)
          : undefined;
        const count = images?.labels.length;
        return await (await torch()).prepare({ ...request, count, form: peer });
      };
  }
}

/** Measures an item; what it finds is added to the entry. */
async function measure(item: Item, host: Host): Promise<Partial<Entry>> {
  const { engine, sizes, files } = host;
  switch (item.kind) {
    case "agreement": {
      const path = join(host.folder, "reference.json");
      const wanted: Reference = JSON.parse(await Deno.readTextFile(path));
      const { text, good } = compareReferences(await compute(engine), wanted);
      return { text, failed: !good };
    }
    case "load":
      return await timeLoaded(item, host);
    case "model":
      return { text: await trainModel(engine, sizes, files) };
    case "attack":
      await attack(item, sizes, files, host);
      return {};
    default: {
      const ours = async () =>
        item.kind === "step"
          ? await timeStep(engine, item, sizes)
          : item.kind === "evaluate"
          ? await timeEvaluation(engine, item, sizes)
          : await timeEpoch(
            engine,
            item,
            sizes,
            await readImages(files.data, "train", sizes.trained),
          );
      const sides = await timeInTurns(
        { ours, ...Object.fromEntries(item.peers.map((peer) => [peer, peerOf(peer, item, host)])) },
        sizes.turn,
      );
      const { platform } = engine.description;
      return {
        sides,
        images: item.kind === "epoch" ? sizes.batches[0] : item.batch,
        flops: item.kind === "epoch"
          ? undefined
          : flopsOf(textOf(programFor(item, sizes), platform).graph),
        failed: sides.ours.error !== undefined,
        text: sides.ours.error,
      };
    }
  }
}

/** Times a step that was compiled ahead of time; what does not load is compiled, and says why. */
async function timeLoaded(
  item: Extract<Item, { kind: "load" }>,
  { plugin, folder, sizes }: Host,
): Promise<Partial<Entry>> {
  const notes: string[] = [];
  using engine = await openEngine({
    kind: "pjrt",
    plugin,
    executables: join(folder, "executables"),
    onNote: (text) => notes.push(text),
  });
  const step = { ...item, kind: "step", peers: [] } as const;
  const sides = await timeInTurns({ ours: () => timeStep(engine, step, sizes) }, sizes.turn);
  const { compiled = 0, error } = sides.ours;
  return {
    sides,
    failed: error !== undefined,
    text: [`ready after ${compiled.toFixed(1)} s`, ...notes, ...error ? [error] : []].join("; "),
  };
}

/** Seconds of `9m`, `540s` or `540`. */
export function parseBudget(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(s|m|h)?$/.exec(text) ?? [];
  if (number === undefined) {
    throw new RangeError(`Cannot understand --budget ${text}: expected for example 9m or 540s`);
  }
  return Number(number) * { s: 1, m: 60, h: 3600 }[unit ?? "s"]!;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** A folder with the batches of `data` in the binary layout; JPEG files are decoded once. */
function binaryBatches(data: string, state: string): string {
  const cache = join(state, "images"), folder = join(state, "batches");
  const { files } = readJpegFolder(data, "all", { cache, onDecode: (text) => console.log(text) });
  Deno.mkdirSync(folder, { recursive: true });
  for (const [name, path] of Object.entries(files)) {
    const link = join(folder, name);
    removeIfPresent(link);
    Deno.symlinkSync(resolve(path), link);
  }
  return folder;
}

/** A peer that starts when it is first asked for; one that cannot start says so each time. */
function lazily(stack: AsyncDisposableStack, script: string, args: readonly string[]) {
  let started: Promise<Python> | undefined;
  return {
    start: async () => {
      started ??= startPython(script, args).then((python) => stack.use(python));
      return await started;
    },
    /** What it says of itself, if it was asked for. */
    about: () =>
      started?.then(({ version }) => version, (error: Error) => `none: ${error.message}`),
  };
}

async function run(args: string[]): Promise<void> {
  const flags = parseArgs(args, {
    string: ["plugin", "budget", "only", "out", "folder", "state", "data"],
    boolean: ["tiny", "first"],
    default: { plugin: "cuda", budget: "24h", folder: import.meta.dirname },
  });
  const deadline = performance.now() + 1000 * parseBudget(flags.budget), folder = flags.folder!;
  const { state = folder, data = folder } = flags;
  const plugin = flags.plugin === "cuda" ? (await findCudaPlugin())?.plugin : flags.plugin;
  if (plugin === undefined) {
    throw new Error("Cannot find JAX's CUDA plugin: expected jax[cuda13] in python3's packages");
  }
  const sizes = flags.tiny ? tinySizes : paperSizes;
  await using stack = new AsyncDisposableStack();
  const engine = stack.use(await openEngine({ kind: "pjrt", plugin }));
  const { platform, versions } = engine.description;
  const device = platform === "cpu" ? "cpu" : "cuda", in_ = (name: string) => join(folder, name);
  const reference = await exists(in_("autoattack")) ? folder : undefined;
  const torch = lazily(stack, in_("torch_side.py"), [device]);
  const jax = lazily(stack, in_("jax_side.py"), []);
  let batches: string | undefined;
  const host: Host = {
    engine,
    plugin,
    device,
    sizes,
    folder,
    state,
    files: {
      get data() {
        return batches ??= binaryBatches(data, state);
      },
      reference,
      ours: join(state, "attack.js"),
      script: in_("reference.py"),
      folder: state,
    },
    torch: torch.start,
    jax: jax.start,
  };
  const ledger = openLedger(join(state, "results.jsonl"), flags.out);
  const wanted = (flags.first ? firstContact(sizes) : plan(sizes, reference !== undefined))
    .filter((item) => flags.only === undefined || nameOf(item).includes(flags.only));
  const left: string[] = [];
  const report = async () => {
    const about = [
      `${versions.device} (${platform}), ${versions.platform}`,
      `width ${sizes.width}; median of ${turns} turns of about ${sizes.turn} s, each side in turn`,
      ...(await Promise.all([torch.about(), jax.about()])).filter((text) => text !== undefined),
    ];
    const text = toReport(ledger.entries, about, await attackTables(state), left);
    for (const place of [state, ...flags.out === undefined ? [] : [flags.out]]) {
      writeAtomic(join(place, "report.md"), text);
    }
    return text;
  };
  for (const item of wanted) {
    const name = nameOf(item);
    if (ledger.has(name)) continue;
    const expected = expectedSeconds(item, ledger.entries, unknown);
    if (performance.now() + 1000 * expected > deadline) {
      left.push(name);
      continue; // a quicker kind may still fit
    }
    const start = performance.now();
    const found = await measure(item, host).catch((error): Partial<Entry> => ({
      failed: true,
      text: error instanceof Error ? error.message : String(error),
    }));
    const seconds = (performance.now() - start) / 1000;
    ledger.add({ name, item, seconds, device: versions.device, ...found });
    await report();
    console.log(
      `${name}: ${found.failed ? `failed: ${found.text}` : "done"}, ${seconds.toFixed(0)} s`,
    );
  }
  console.log(`\n${await report()}`);
  if (ledger.entries.some(({ item, failed }) => item.kind === "agreement" && failed)) {
    Deno.exitCode = 1;
  } else if (left.length > 0) {
    Deno.exitCode = UNFINISHED_EXIT;
  }
}

async function main([command, ...args]: string[]): Promise<void> {
  if (command === "record") {
    using engine = await openEngine({ kind: "pjrt", plugin: args[0] });
    await Deno.writeTextFile(args[1], JSON.stringify(await compute(engine)));
  } else if (command === "run") {
    await run(args);
  } else {
    throw new RangeError(`Cannot do "${command}": expected record or run`);
  }
}

if (import.meta.main) await main(Deno.args);
