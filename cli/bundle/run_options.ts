/** The command line of a bundle's runner. @module */
import { join, resolve } from "node:path";
import { LIMITS } from "../../lib/limits.ts";
import { UNFINISHED_EXIT } from "../../pipeline/run/exit_codes.ts";
import { readFlags, UsageError } from "../common/flags.ts";
import type { Help } from "../common/help.ts";
import { HOST_ENGINES } from "../common/host_engine.ts";
import { readGpuMemory } from "../common/options.ts";
import { readDuration, readSize, readWhole, readWord } from "../common/values.ts";

/** What a command line of the runner says. */
export interface RunnerOptions {
  /** The bundle. */
  readonly folder: string;
  readonly state: string;
  readonly results: string;
  /** Seconds. */
  readonly budget?: number;
  readonly jobs: number;
  readonly engine: typeof HOST_ENGINES[number];
  /** As in all commands that run cells. */
  readonly gpuMemory?: number;
  readonly deterministic?: boolean;
  readonly plugin?: string;
  /** Largest size of a file of results, bytes. */
  readonly split: number;
  readonly files: number;
  /** Cells whose results are packed; all that are finished if left out. */
  readonly only?: readonly string[];
  /** Most bytes of the results' volumes together. */
  readonly total?: number;
  /** Folder to which checkpoints of unfinished cells are packed at the end. */
  readonly checkpoints?: string;
  /** Folder with packed checkpoints to go on from. */
  readonly resume?: string;
  /** Folder with the files that the bundle does not have. */
  readonly data?: string;
  readonly json: boolean;
}

/** The runner's help. */
export const RUNNER_HELP: Help = {
  summary: "Computes the cells of a bundle; uses no network. In the bundle's folder it is called " +
    "by ./run.sh.",
  usage: ["./run.sh [options]", "deno task bundle run DIR [options]"],
  options: [
    ["Options", [
      [
        "--budget TIME",
        "stops in time, for example 9m; checkpoints are kept and the next call goes on",
      ],
      ["--jobs N", "cells that run at a time (default: 1)"],
      ["--only CELL,CELL", "packs these cells only"],
      [
        "--state DIR",
        "where things are unpacked and computed (default: state/ in the bundle's folder)",
      ],
      [
        "--data DIR",
        "folder with the files that the bundle was exported without, under any names, or " +
        "CIFAR-10 as JPEG files; needed until they are in the state once",
      ],
      ["--json", "one JSON object a line, for machines"],
    ]],
    ["What comes back", [
      [
        "--results DIR",
        "where finished cells are packed (default: results/ in the bundle's folder)",
      ],
      ["--split SIZE", "largest file of the results (default: 15M)"],
      ["--files N", "most files of the results (default: 8); with 1, only summary.json"],
      ["--total SIZE", "most bytes of the results; cells for which there is no room are named"],
      ["--checkpoints DIR", "packs what unfinished cells have saved there, at the end"],
      ["--resume DIR", "goes on from what another machine packed with --checkpoints"],
    ]],
    ["What computes", [
      [
        "--engine NAME",
        "pjrt, pjrt:cuda, pjrt:cpu or cpu (default: pjrt, which is pjrt:cuda where a GPU " +
        "and its plugin are)",
      ],
      ["--gpu-memory X", "share of a GPU's memory that each process takes at once (default: grow)"],
      ["--deterministic", "let a GPU compute the same bits in every run; slower"],
      [
        "--plugin PATH",
        "PJRT plugin to load (default: SMOOTHNESS_PJRT_PLUGIN of the environment, or the " +
        "plugin in the bundle; for CUDA that of the host's Python environment)",
      ],
    ]],
  ],
  examples: [["deno task bundle run bundle --budget 9m", "nine minutes of work; call again"], [
    "deno task bundle run bundle --only aggregate,plot",
    "pack the table and the figures alone",
  ]],
  exits: `0 if all cells are finished, 1 if one failed, 2 for wrong usage, ${UNFINISHED_EXIT} if ` +
    "cells are left (call again), 130 if interrupted",
};

const TEXTS = [
  ...["budget", "jobs", "engine", "plugin", "gpu-memory"],
  ...["results", "split", "files", "only", "state", "data"],
  ...["total", "checkpoints", "resume"],
] as const;

/** Files of results, from a summary alone. */
const FILES = { min: 1, max: 9999 };

/**
 * Reads the runner's command line; `undefined` if help is wanted.
 *
 * @throws {UsageError} If it cannot be understood
 */
export function readRunnerOptions(args: readonly string[]): RunnerOptions | undefined {
  const { texts, flags, rest: [folder, ...more] } = readFlags(args, {
    texts: TEXTS,
    flags: ["deterministic", "json"],
  });
  if (flags.has("help")) return undefined;
  if (folder === undefined || more.length > 0) {
    throw new UsageError(
      folder === undefined
        ? "Cannot run nothing: name the folder of a bundle"
        : `Cannot understand "${more[0]}": expected options only`,
    );
  }
  const { engine = "pjrt" } = texts, home = fromUser(folder);
  const { budget, plugin, total } = texts;
  return {
    folder: home,
    state: fromUser(texts.state ?? (Deno.env.get("BUNDLE_STATE") || join(home, "state"))),
    results: fromUser(texts.results ?? join(home, "results")),
    budget: budget === undefined ? undefined : readDuration("budget", budget),
    jobs: readWhole("jobs", texts.jobs ?? "1", LIMITS.jobs),
    engine: readWord("engine", engine, HOST_ENGINES),
    gpuMemory: readGpuMemory(texts["gpu-memory"]),
    deterministic: flags.has("deterministic"),
    plugin: folderOf(plugin),
    split: readSize("split", texts.split ?? "15M"),
    files: readWhole("files", texts.files ?? "8", FILES),
    total: total === undefined ? undefined : readSize("total", total),
    checkpoints: folderOf(texts.checkpoints),
    resume: folderOf(texts.resume),
    only: texts.only?.split(","),
    data: folderOf(texts.data),
    json: flags.has("json"),
  };
}

const folderOf = (path: string | undefined) => path === undefined ? undefined : fromUser(path);

const fromUser = (path: string) => resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), path);
