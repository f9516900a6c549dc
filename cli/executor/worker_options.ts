/** The command line and the environment of a worker. @module */
import { hostname } from "node:os";
import { readFlags, UsageError } from "../common/flags.ts";
import { type EngineWish, HOST_ENGINES } from "../common/host_engine.ts";
import type { Help } from "../common/help.ts";
import { readGpuMemory } from "../common/options.ts";
import { fromUser } from "../common/paths.ts";
import { readWord } from "../common/values.ts";
import { UNFINISHED_EXIT, UNUSABLE_EXIT } from "../../pipeline/run/exit_codes.ts";

/** What a worker is told. */
export interface WorkerArguments extends EngineWish {
  /** The frozen code. */
  readonly folder: string;
  /** `tasks.json`. */
  readonly tasks: string;
  readonly store: string;
  readonly remote?: string;
  /** Plugin that is used where neither a GPU nor another is. */
  readonly cpuPlugin?: string;
  /** Number of its task. */
  readonly task: number;
  readonly attempt: string;
  readonly node: string;
  readonly executor: string;
  /** Whether the store is one of the node's own, which nobody else collects. */
  readonly tidy: boolean;
}

/** The worker's help. */
export const WORKER_HELP: Help = {
  summary: "Computes the cells of one task of a wave on a node. Executors start it; its task's " +
    "number is in SMOOTHNESS_TASK.",
  usage: ["run.sh [--deno PATH] --tasks FILE --store DIR [options]"],
  options: [
    ["Options", [
      ["--tasks FILE", "tasks.json of the wave"],
      ["--store DIR", "the store that the command has, or one of the node"],
      ["--remote WHERE", "takes inputs from there and gives results"],
      ["--tidy", "remove what lies in the store for a week, as from one of the node's own"],
    ]],
    ["What computes", [
      ["--engine NAME", "pjrt, pjrt:cuda, pjrt:cpu or cpu (default: pjrt)"],
      ["--gpu-memory X", "share of a GPU's memory that each process takes at once (default: grow)"],
      ["--deterministic", "let a GPU compute the same bits in every run; slower"],
      ["--plugin PATH", "PJRT plugin to load (default: SMOOTHNESS_PJRT_PLUGIN of the environment)"],
      ["--cpu-plugin PATH", "the one to load where no GPU is and none is named"],
    ]],
  ],
  examples: [[
    "SMOOTHNESS_TASK=0 run.sh --deno /opt/deno --tasks tasks.json --store /shared/artifacts",
    "the first task",
  ]],
  exits: "0 if all cells are finished, 1 if one failed, 2 for wrong usage, " +
    `${UNFINISHED_EXIT} if it was asked to stop or an input has to be computed anew, ` +
    `${UNUSABLE_EXIT} if the store, the remote store or the frozen code cannot be used`,
};

type Environment = (name: string) => string | undefined;

/**
 * Reads the command line; `undefined` if help is wanted.
 *
 * @throws {UsageError} If it, or the number of the task, cannot be understood
 */
export function readWorker(
  args: readonly string[],
  environment: Environment = (name) => Deno.env.get(name) || undefined,
): WorkerArguments | undefined {
  const { texts, flags, rest: [folder, ...more] } = readFlags(args, {
    texts: ["tasks", "store", "remote", "engine", "plugin", "cpu-plugin", "gpu-memory"],
    flags: ["deterministic", "tidy"],
  });
  if (flags.has("help")) return undefined;
  const { tasks, store, remote, plugin, engine = "pjrt" } = texts;
  if (folder === undefined || tasks === undefined || store === undefined || more.length > 0) {
    throw new UsageError(
      more.length > 0
        ? `Cannot understand "${more[0]}": expected options only`
        : "Cannot run nothing: expected the folder of frozen code, --tasks FILE and --store DIR",
    );
  }
  const task = environment("SMOOTHNESS_TASK") ?? "";
  if (!/^\d{1,9}$/.test(task)) {
    throw new UsageError(
      `Cannot tell which task to run: SMOOTHNESS_TASK is "${task}", expected a number from 0 on`,
    );
  }
  const node = environment("SLURMD_NODENAME") ?? hostname();
  return {
    ...{ folder: fromUser(folder), tasks: fromUser(tasks), store: fromUser(store) },
    ...remote === undefined ? {} : { remote },
    engine: readWord("engine", engine, HOST_ENGINES),
    gpuMemory: readGpuMemory(texts["gpu-memory"]),
    deterministic: flags.has("deterministic"),
    tidy: flags.has("tidy"),
    ...plugin === undefined ? {} : { plugin: fromUser(plugin) },
    ...texts["cpu-plugin"] === undefined ? {} : { cpuPlugin: fromUser(texts["cpu-plugin"]) },
    ...{ task: Number(task), node, attempt: attemptOf(environment, node) },
    executor: environment("SMOOTHNESS_EXECUTOR") ??
      (environment("SLURM_JOB_ID") === undefined ? "local" : "slurm"),
  };
}

/** `4711_3-0`: the task's name and how often it was put back into the queue. */
function attemptOf(environment: Environment, node: string): string {
  const given = environment("SMOOTHNESS_ATTEMPT");
  if (given !== undefined) return given;
  const job = environment("SLURM_ARRAY_JOB_ID") ?? environment("SLURM_JOB_ID");
  const number = environment("SLURM_ARRAY_TASK_ID");
  const ticket = job === undefined
    ? `${node}.${Deno.pid}`
    : number === undefined
    ? job
    : `${job}_${number}`;
  return `${ticket}-${environment("SLURM_RESTART_COUNT") ?? 0}`;
}
