/** The executor that `--executor` names: where cells run besides in processes of the command. @module */
import { join } from "node:path";
import type { FleetOptions } from "../../pipeline/executor/fleet_options.ts";
import type { Tasks } from "../../pipeline/executor/work.ts";
import type { RemoteCache } from "../../pipeline/remote/cache.ts";
import type { Key } from "../../pipeline/store/key.ts";
import type { Executor, Resources } from "../../pipeline/executor/executor.ts";
import type { ExecutorSettings } from "../../pipeline/executor/settings.ts";
import type { CellDeclaration } from "../../pipeline/cells/stage.ts";
import type { Fleet, FleetRun } from "../../pipeline/run/fleet.ts";
import type { Store } from "../../pipeline/store/store.ts";
import { type Context, fromUser, ROOT } from "./context.ts";
import type { Option } from "./help.ts";
import { type Options, UsageError } from "./options.ts";
import { openPlace, remoteName } from "./remote.ts";
import { readWord } from "./values.ts";

/** The option that names an executor, and the one that names its settings. */
export const EXECUTOR = "executor", SETTINGS = "executors";

/** The flag that leaves cells with it. */
export const DETACH = "detach";

/** Kinds of executors. */
export const EXECUTOR_KINDS = ["slurm", "local"] as const;

const WITHOUT_REMOTE =
  'Cannot run cells on nodes without a shared disk ("shared_disk: false"): expected a remote ' +
  "store that they reach; pass --remote s3://bucket/prefix";

/** Tasks of a cluster that run at a time where nothing is said. */
const USUAL_PLACES = 100;

/** Options of commands that say what an executor does. */
export const PLACE_OPTIONS: readonly Option[] = [
  [
    "--executor NAME",
    "slurm: cells run on a cluster; local: in processes that outlive the command (default: in " +
    "processes of the command; docs/scale.md)",
  ],
  [
    "--executors FILE",
    "partition, account and resources by stage (default: SMOOTHNESS_EXECUTORS of the environment, " +
    "or executors.yaml)",
  ],
];

/** Options of commands that run cells on an executor. */
export const EXECUTOR_OPTIONS: readonly Option[] = [
  ...PLACE_OPTIONS,
  ["--detach", "leave cells alone once they are handed over; the same command finds them"],
];

/** Opens an executor to look at what it has; `undefined` if there is none of that kind. */
export async function openExecutor(
  kind: string,
  store: Pick<Store, "folder">,
): Promise<Executor | undefined> {
  switch (kind) {
    case "slurm":
      return (await import("../../pipeline/executor/slurm/slurm.ts")).openSlurm();
    case "local":
      return (await import("../../pipeline/executor/local/local.ts")).openLocal({
        ...{ places: 1, store },
      });
  }
}

/** Where cells are to run. */
export interface Place {
  readonly executor: Executor;
  readonly settings: ExecutorSettings;
  /** What a cell asks for. */
  readonly resources: (cell: CellDeclaration) => Resources | "here";
  /** Tasks that may run at a time. */
  readonly places: number;
}

/**
 * The kind of executor that `--executor` names, if it is given.
 *
 * @throws {UsageError} If there is no such executor, or an option needs one
 */
export function executorKind(
  { values, flags }: Pick<Options, "values" | "flags">,
): typeof EXECUTOR_KINDS[number] | undefined {
  if (values[EXECUTOR] !== undefined) return readWord(EXECUTOR, values[EXECUTOR], EXECUTOR_KINDS);
  const lone = flags.has(DETACH) ? `--${DETACH}` : values[SETTINGS] && `--${SETTINGS}`;
  if (!lone) return undefined;
  throw new UsageError(`Cannot use ${lone} alone: expected --executor slurm or local beside it`);
}

/**
 * Opens an executor with its settings.
 *
 * @throws {ExecutorsError} If its settings cannot be used
 * @throws {UsageError} If nodes without a shared disk have no remote store
 */
export async function executorPlace(
  kind: typeof EXECUTOR_KINDS[number],
  options: Options,
  { profile, store }: Pick<Context, "profile" | "store">,
): Promise<Place> {
  const { values, jobs } = options;
  const { loadExecutors, resourcesOf } = await import("../../pipeline/executor/settings.ts");
  const { staysHere } = await import("../../pipeline/executor/freeze.ts");
  const { STAGES } = await import("./stages.ts");
  const named = values[SETTINGS] || Deno.env.get("SMOOTHNESS_EXECUTORS");
  const path = named ? fromUser(named) : join(ROOT, "executors.yaml");
  const settings = loadExecutors(path, STAGES.map(({ name }) => name), { required: !!named });
  if (kind === "slurm" && settings.slurm.shared_disk === false && !remoteName(options, profile)) {
    throw new UsageError(WITHOUT_REMOTE);
  }
  const usual = kind === "slurm" ? USUAL_PLACES : profile.jobs;
  const places = jobs ?? settings[kind].at_a_time ?? usual;
  return {
    settings,
    places,
    executor: kind === "slurm"
      ? (await import("../../pipeline/executor/slurm/slurm.ts")).openSlurm(settings.slurm)
      : (await import("../../pipeline/executor/local/local.ts")).openLocal({
        ...{ places, store },
      }),
    resources: (cell) =>
      staysHere(cell) === undefined
        ? resourcesOf(settings[kind], cell.stage.name, cell.stage.engine === true)
        : "here",
  };
}

/** What a fleet is opened with besides what the run tells it. */
export interface FleetContext {
  readonly options: Options;
  readonly context: Pick<Context, "profile" | "store" | "code">;
  /** What other machines have finished. */
  readonly remote?: RemoteCache;
}

/**
 * Opens the fleet of a run on an executor.
 *
 * @throws {Error} If the executor does not work; the message says what would mend it
 */
export async function openFleetOn(
  place: Place,
  { options, context, remote }: FleetContext,
  told: FleetRun,
): Promise<Fleet> {
  const { executor, resources, places } = place, { store, code, profile } = context;
  const problem = await executor.check(told.signal);
  if (problem !== undefined) throw new Error(problem);
  const { openFleet } = await import("../../pipeline/executor/fleet.ts");
  const { freeze } = await import("../../pipeline/executor/freeze.ts");
  const { readFrozen } = await import("../../pipeline/executor/frozen.ts");
  const { WORKER_SCRIPT_FILE } = await import("../../pipeline/executor/worker_script.ts");
  const { gitCommit } = await import("./prepare.ts");
  const note = (text: string) => told.onEvent({ kind: "note", text });
  const worker = new URL("../executor/worker.ts", import.meta.url);
  const commit = await gitCommit();
  const apart = executor.kind === "slurm" && place.settings.slurm.shared_disk === false
    ? await withoutSharedDisk(options, context, remote, note)
    : undefined;
  // All that may run is frozen at once: one stage's cells come after another's.
  const elsewhere = told.stale.filter((cell) => resources(cell) !== "here");
  return openFleet({
    ...told,
    ...{ executor, resources, places, store, profile: profile.id },
    ...commit === undefined ? {} : { commit },
    detach: options.flags.has(DETACH),
    beneath: code.beneath,
    ...apart === undefined ? {} : { bring: apart.bring },
    async freeze(cells) {
      const frozen = await freeze([...new Set([...elsewhere, ...cells])], {
        root: ROOT,
        store,
        code,
        worker,
        onNote: note,
      });
      const engine = cells.some(({ stage }) => stage.engine)
        ? await engineWords(place, options, store.folder, told)
        : [];
      return {
        digest: frozen.digest,
        codes: new Set(readFrozen(frozen.folder, frozen.digest).codes.map(({ code }) => code)),
        async start(tasksFile, tasks) {
          const { deno = Deno.execPath() } = place.settings.slurm;
          if (apart !== undefined) return await apart.start(frozen.folder, tasks, deno, engine);
          return {
            command: [
              ...["/bin/sh", join(frozen.folder, WORKER_SCRIPT_FILE), "--deno", deno],
              ...["--tasks", tasksFile, "--store", store.folder, ...engine],
            ],
          };
        },
      };
    },
  });
}

/**
 * How tasks run that reach this machine's results by a remote store alone.
 *
 * @throws {UsageError} If no remote store is named
 */
async function withoutSharedDisk(
  options: Options,
  { store, profile }: FleetContext["context"],
  cache: RemoteCache | undefined,
  onNote: (text: string) => void,
) {
  const named = remoteName(options, profile);
  if (named === undefined || cache === undefined) throw new UsageError(WITHOUT_REMOTE);
  const { selfExtracting } = await import("../../pipeline/executor/self_extracting.ts");
  const { remoteAttempt } = await import("../../pipeline/executor/node_remote.ts");
  const { isS3, s3Settings, s3Url } = await import("../../pipeline/remote/s3/settings.ts");
  const remote = await openPlace(named, store, onNote);
  // Nodes have another environment and another current folder.
  const told = isS3(named) ? s3Url(s3Settings(named, Deno.env.get)) : remote.place;
  return {
    bring: {
      give: cache.needed.ensureAll,
      result: cache.needed.pull,
      attempt: (key: Key) => remoteAttempt(remote, store, key),
    } satisfies FleetOptions["bring"],
    start: async (folder: string, tasks: Tasks, deno: string, engine: readonly string[]) => ({
      command: [],
      script: await selfExtracting({
        ...{ folder, tasks, deno, arguments: ["--remote", told, ...engine] },
      }),
    }),
  };
}

/** What a worker is told of the engine; the plugin here is one that nodes reach, too. */
async function engineWords(
  { executor, settings }: Place,
  options: Options,
  store: string,
  { onEvent, signal }: FleetRun,
): Promise<string[]> {
  const { engine, gpuMemory, deterministic } = options;
  if (engine === "tensorflow") {
    throw new UsageError(
      `Cannot use "--engine tensorflow" on an executor: expected pjrt, pjrt:cuda, pjrt:cpu or cpu`,
    );
  }
  const words = [
    ...["--engine", engine],
    ...gpuMemory === undefined ? [] : ["--gpu-memory", String(gpuMemory)],
    ...deterministic ? ["--deterministic"] : [],
  ];
  const there = executor.kind === "slurm" ? settings.slurm.plugin : undefined;
  const named = there ?? options.plugin ?? (Deno.env.get("SMOOTHNESS_PJRT_PLUGIN") || undefined);
  if (engine === "cpu") return words;
  if (named !== undefined) return [...words, "--plugin", fromUser(named)];
  if (engine === "pjrt:cuda") return words;
  const { prepareEngine } = await import("./prepare.ts");
  const cpu = await prepareEngine({ engine: "pjrt:cpu" }, store, onEvent, signal);
  return cpu.plugin === undefined ? words : [...words, "--cpu-plugin", cpu.plugin];
}
