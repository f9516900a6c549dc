/** Options that the pipeline's commands share. @module */
import { parseArgs } from "@std/cli";
import { LIMITS } from "../../lib/limits.ts";
import { isWithin, limitsText } from "../../lib/schema.ts";
import { nearest } from "../../pipeline/cells/nearest.ts";
import { storeFolder } from "./store.ts";

/** A command line that cannot be understood; the exit code is 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Engines that `--engine` takes. */
export const ENGINES = ["pjrt", "pjrt:cuda", "pjrt:cpu", "cpu", "tensorflow"] as const;

/** What a command line says. */
export interface Options {
  readonly profile: string;
  /** Each `path=value`. */
  readonly set: readonly string[];
  readonly json: boolean;
  /** Folder with the data's files. */
  readonly data?: string;
  /** Folder of the store. */
  readonly store: string;
  readonly jobs?: number;
  readonly engine: typeof ENGINES[number];
  readonly plugin?: string;
  /** Share of a GPU's memory that each process takes at once; without it, as much as it needs. */
  readonly gpuMemory?: number;
  /** Whether a GPU computes the same bits in every run. */
  readonly deterministic?: boolean;
  /** Cells that are named. */
  readonly cells: readonly string[];
  readonly help: boolean;
  /** Which of the command's own flags are given, without dashes. */
  readonly flags: ReadonlySet<string>;
  /** What the command's own options with a value say. */
  readonly values: Readonly<Record<string, string>>;
}

/** Options that one command alone takes, without dashes. */
export interface OwnOptions {
  readonly flags?: readonly string[];
  readonly values?: readonly string[];
}

const COMMON = `  --profile NAME     demo, small, paper or the path of a YAML file (default: demo)
  --set PATH=VALUE   replace one value of the profile; may come again
  --data DIR         folder with the data's .bin files (default: environment CIFAR10_DIR)
  --store DIR        where results are kept (default: environment SMOOTHNESS_STORE, or artifacts)
  --json             one JSON object a line, for machines
  --help             this text`;

/** Lines on what computes, for commands that compute. */
export const ENGINE_HELP =
  `  --engine NAME      pjrt, pjrt:cuda, pjrt:cpu, cpu or tensorflow (default: pjrt, which is pjrt:cuda
                     where an NVIDIA GPU and JAX's CUDA plugin are, pjrt:cpu elsewhere)
  --plugin PATH      PJRT plugin to load (default: environment SMOOTHNESS_PJRT_PLUGIN, or the CUDA
                     plugin of the Python environment, or XLA's CPU plugin, fetched once)
  --gpu-memory SHARE of a GPU's memory that each process takes at once, for example 0.9
                     (default: grow, as much as it needs)
  --deterministic    let a GPU compute the same bits in every run; slower`;

const RUNNING = `  --jobs N           cells that run at a time (default: what the profile says)
${ENGINE_HELP}`;

/**
 * The help text of a command that only looks, or of one that runs cells.
 *
 * @param own Lines on the command's own options
 */
export function helpText(usage: string, summary: string, runs: boolean, own = ""): string {
  const lines = [...own === "" ? [] : [own], ...runs ? [RUNNING] : [], COMMON];
  return `${summary}\n\nUsage: ${usage}\n\n${lines.join("\n")}`;
}

/**
 * Reads `--gpu-memory`; `undefined` stands for memory that grows.
 *
 * @throws {UsageError} If it is neither `grow` nor a share
 */
export function readGpuMemory(text: string | undefined): number | undefined {
  if (text === undefined || text === "grow") return undefined;
  const share = Number(text);
  if (share > 0 && share <= 1) return share;
  throw new UsageError(
    `Cannot use "--gpu-memory ${text}": expected grow, or a share above 0 and at most 1 such as 0.9`,
  );
}

/**
 * Reads a command line.
 *
 * @param takesCells Whether cells may be named
 * @throws {UsageError} If an option is unknown, lacks its value, or has a wrong one
 */
export function readOptions(
  args: readonly string[],
  takesCells: boolean,
  own: OwnOptions = {},
): Options {
  const ownFlags = own.flags ?? [], ownValues = own.values ?? [];
  const texts = [
    "profile",
    "data",
    "store",
    "jobs",
    "engine",
    "plugin",
    "gpu-memory",
    ...ownValues,
  ];
  const flags = ["json", "help", "deterministic", ...ownFlags];
  const known = [...texts, ...flags, "set"].map((name) => `--${name}`);
  const parsed = parseArgs(args, {
    string: texts,
    boolean: flags,
    collect: ["set"],
    unknown: (arg) => {
      if (!arg.startsWith("-")) return true;
      const [name] = arg.split("=");
      throw new UsageError(
        `Cannot understand "${name}": no such option; did you mean "${nearest(name, known, 1)}"?`,
      );
    },
  });
  const cells = parsed._.map(String);
  if (!takesCells && cells.length > 0) {
    throw new UsageError(
      `Cannot understand "${cells[0]}": expected options only; run "deno task stage ${
        cells[0]
      }" for one cell`,
    );
  }
  for (const name of [...texts, "set"]) {
    const values: unknown[] = [parsed[name] ?? []].flat();
    if (values.includes("") || (name !== "set" && values.length > 1)) {
      throw new UsageError(`Cannot read --${name}: expected ${name === "set" ? "a" : "one"} value`);
    }
  }
  const { profile = "demo", jobs, engine = "pjrt" } = parsed;
  if (jobs !== undefined && !(/^\d+$/.test(jobs) && isWithin(Number(jobs), LIMITS.jobs))) {
    throw new UsageError(`Cannot use "--jobs ${jobs}": expected ${limitsText(LIMITS.jobs)}`);
  }
  if (!ENGINES.includes(engine)) {
    throw new UsageError(`Cannot use "--engine ${engine}": expected ${ENGINES.join(", ")}`);
  }
  const { set, json, help, data, plugin } = parsed, store = storeFolder(parsed.store);
  return {
    profile,
    set,
    json,
    help,
    data,
    store,
    plugin,
    engine,
    gpuMemory: readGpuMemory(parsed["gpu-memory"]),
    deterministic: parsed.deterministic,
    cells,
    jobs: jobs === undefined ? undefined : Number(jobs),
    flags: new Set(ownFlags.filter((name) => parsed[name])),
    values: Object.fromEntries(
      ownValues.flatMap((name) => parsed[name] === undefined ? [] : [[name, parsed[name]]]),
    ),
  };
}
