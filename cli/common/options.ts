/** Options that the pipeline's commands share. @module */
import { LIMITS } from "../../lib/limits.ts";
import { profileNames } from "../../pipeline/profile/identity.ts";
import { readFlags, refuseRest, UsageError } from "./flags.ts";
import type { Group, Option } from "./help.ts";
import { storeFolder } from "./store.ts";
import { readWhole, readWord } from "./values.ts";

export { UsageError };

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

/** What `--store` is. */
export const STORE_TEXT =
  "where results are kept (default: SMOOTHNESS_STORE of the environment, or artifacts)";

/** Options on where things lie. */
const WHERE: readonly Option[] = [
  [
    "--profile NAME",
    `${profileNames().join(", ")} or the path of a YAML file (default: demo)`,
  ],
  ["--set PATH=VALUE", "replace one value of the profile; may come again"],
  [
    "--data DIR",
    "folder with the data's .bin files (default: CIFAR10_DIR of the environment, or the folder " +
    "last given for these data)",
  ],
  ["--store DIR", STORE_TEXT],
];

/** `--json` of commands that print lines. */
export const JSON_OPTION: Option = [
  "--json",
  "one JSON object a line, for machines (docs/commands.md)",
];

/** Options on what computes, for commands that compute. */
export const ENGINE_OPTIONS: readonly Option[] = [
  [
    "--engine NAME",
    "pjrt, pjrt:cuda, pjrt:cpu, cpu or tensorflow (default: pjrt, which is " +
    "pjrt:cuda where an NVIDIA GPU and JAX's CUDA plugin are, pjrt:cpu elsewhere)",
  ],
  [
    "--plugin PATH",
    "PJRT plugin to load (default: SMOOTHNESS_PJRT_PLUGIN of the environment, or " +
    "the CUDA plugin of the Python environment, or XLA's CPU plugin, fetched once)",
  ],
  [
    "--gpu-memory X",
    "share of a GPU's memory that each process takes at once, for example 0.9 " +
    "(default: grow, as much as it needs)",
  ],
  ["--deterministic", "let a GPU compute the same bits in every run; slower"],
];

/** The option on how many cells run at a time. */
export const JOBS_OPTION: Option = [
  "--jobs N",
  "cells that run at a time (default: what the profile says)",
];

/**
 * The options of a command on a profile's cells.
 *
 * @param own Those that it alone has
 * @param runs Whether it runs cells
 */
export function optionGroups(own: readonly Option[], runs: boolean): Group[] {
  return [
    ["Options", [...own, ...runs ? [JOBS_OPTION] : [], JSON_OPTION]],
    ["Which results", WHERE],
    ...runs ? [["What computes", ENGINE_OPTIONS] as const] : [],
  ];
}

/** The exit codes of a command that runs cells. */
export const RUN_EXITS = "0 if all went well, 1 if a cell failed, 2 for wrong usage or a profile " +
  "that cannot be used, 130 if interrupted (the same command goes on), 141 if nobody reads the " +
  "output any more";

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
    `Cannot use "--gpu-memory ${text}": expected grow, or a share above 0 and at most 1 ` +
      "such as 0.9",
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
  const { texts, flags, lists: { set }, rest } = readFlags(args, {
    texts: ["profile", "data", "store", "jobs", "engine", "plugin", "gpu-memory", ...ownValues],
    flags: ["json", "deterministic", ...ownFlags],
    collect: ["set"],
  });
  if (!takesCells) refuseRest(rest, `; run "deno task stage ${rest[0]}" for one cell`);
  const { profile = "demo", jobs, engine = "pjrt", data, plugin } = texts;
  return {
    profile,
    set,
    json: flags.has("json"),
    help: flags.has("help"),
    data,
    store: storeFolder(texts.store),
    plugin,
    engine: readWord("engine", engine, ENGINES),
    gpuMemory: readGpuMemory(texts["gpu-memory"]),
    deterministic: flags.has("deterministic"),
    cells: rest,
    jobs: jobs === undefined ? undefined : readWhole("jobs", jobs, LIMITS.jobs),
    flags: new Set(ownFlags.filter((name) => flags.has(name))),
    values: Object.fromEntries(
      ownValues.flatMap((name) => texts[name] === undefined ? [] : [[name, texts[name]]]),
    ),
  };
}
