/**
 * Runs cells of the small repository on a real executor, as a process that can be killed: the last
 * line that it prints is what came of it.
 *
 *     deno run -A tests/fleet_run.ts '{"root": "/tmp/…", "executor": "slurm"}'
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Fixture, makeFixture, openFixture, table1Cells } from "../pipeline/_fixture.ts";
import { bundleModule } from "../pipeline/bundle/bundle_code.ts";
import type { CellDeclaration } from "../pipeline/cells/stage.ts";
import { openCode } from "../pipeline/code/code_digest.ts";
import { openStatCache } from "../pipeline/code/stat_cache.ts";
import type { Executor } from "../pipeline/executor/executor.ts";
import { openFleet } from "../pipeline/executor/fleet.ts";
import type { FleetTimes } from "../pipeline/executor/fleet_options.ts";
import { freeze } from "../pipeline/executor/freeze.ts";
import { remoteAttempt } from "../pipeline/executor/node_remote.ts";
import { selfExtracting } from "../pipeline/executor/self_extracting.ts";
import { openRemoteCache } from "../pipeline/remote/cache.ts";
import { openS3 } from "../pipeline/remote/s3/s3.ts";
import { s3Settings } from "../pipeline/remote/s3/settings.ts";
import type { Key } from "../pipeline/store/key.ts";
import { readFrozen } from "../pipeline/executor/frozen.ts";
import { openLocal } from "../pipeline/executor/local/local.ts";
import { openSlurm } from "../pipeline/executor/slurm/slurm.ts";
import { WORKER_SCRIPT_FILE } from "../pipeline/executor/worker_script.ts";
import type { RunEvent } from "../pipeline/run/events.ts";
import type { RunOptions, RunResult } from "../pipeline/run/run.ts";
import type { Store } from "../pipeline/store/store.ts";

/** What is run where. */
export interface FleetRunOptions {
  /** Folder of the small repository. */
  readonly root: string;
  readonly executor: "slurm" | "local";
  /** A cell that stands still the first time it runs. */
  readonly hang?: string;
  /** So many cells without inputs instead of the shape of Table 1. */
  readonly many?: number;
  /** Tasks that run at a time. */
  readonly places?: number;
  /** How long a cell is said to take, seconds. */
  readonly seconds?: number;
  readonly times?: Partial<FleetTimes>;
  /** Deno on the nodes. */
  readonly deno?: string;
  /** A bucket that takes the place of a shared disk, with the variables that have its keys. */
  readonly bucket?: { readonly url: string; readonly environment: Record<string, string> };
  /** The value of the first of many cells. */
  readonly first?: number;
  /** Limit of time of a task, minutes. */
  readonly minutes?: number;
}

/** What came of it. */
export interface FleetRunResult extends Pick<RunResult, "ran" | "failed" | "interrupted"> {
  readonly notes: readonly string[];
  readonly seconds: number;
}

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** Makes the small repository with the real worker in it. */
export async function makeFleetFixture(): Promise<Fixture> {
  const fixture = makeFixture();
  await bundleModule(ROOT, join(ROOT, "cli/executor/worker.ts"), join(fixture.root, "worker.ts"));
  return fixture;
}

/** The cells of a run. */
export function cellsOf(
  fixture: Fixture,
  { hang, many, first = 0 }: FleetRunOptions,
): CellDeclaration[] {
  return many === undefined ? table1Cells(fixture, hang) : Array.from({ length: many }, (_, n) => ({
    ...{ id: `sum:${n}`, stage: fixture.stage("sum"), inputs: [] },
    parameters: { value: first + n, ...hang === `sum:${n}` ? { hang: true } : {} },
  }));
}

/** Opens an executor for tests. */
export function openExecutor(
  { executor, places = 12, bucket }: FleetRunOptions,
  store: Store,
): Executor {
  return executor === "slurm"
    ? openSlurm({ shared_disk: bucket === undefined })
    : openLocal({ places, store, grace: 2_000 });
}

/** Options by which a run uses the executor. */
export function fleetOn(
  fixture: Fixture,
  options: FleetRunOptions,
  executor: Executor = openExecutor(options, fixture.store),
): Partial<RunOptions> {
  const { root, store } = fixture, { places = 12, seconds, deno = Deno.execPath() } = options;
  const stats = openStatCache(join(store.cache, "files.json"));
  const code = openCode({ root, cache: store.cache, stats, records: store.codes });
  const worker = pathToFileURL(join(root, "worker.ts")), { bucket } = options;
  const environment = (name: string) => bucket?.environment[name];
  const remote = bucket && openS3(s3Settings(bucket.url, environment), { environment });
  const cache = remote && openRemoteCache(remote, store, () => {});
  return {
    openFleet: (told) =>
      Promise.resolve(openFleet({
        ...{ ...told, executor, store, profile: "test", places },
        predicted: () => seconds,
        resources: () => ({ cpus: 1, gpus: 0, minutes: options.minutes ?? 10 }),
        beneath: () => Promise.resolve(undefined),
        ...cache === undefined ? {} : {
          bring: {
            give: cache.needed.ensureAll,
            result: cache.needed.pull,
            attempt: (key: Key) => remoteAttempt(remote!, store, key),
          },
        },
        async freeze(cells) {
          const { digest, folder } = await freeze(cells, {
            ...{ root, store, code, worker, onNote: () => {} },
          });
          return {
            digest,
            codes: new Set(readFrozen(folder, digest).codes.map(({ code }) => code)),
            start: async (tasksFile, tasks) =>
              bucket === undefined
                ? {
                  command: [
                    ...["/bin/sh", join(folder, WORKER_SCRIPT_FILE), "--deno", deno],
                    ...["--tasks", tasksFile, "--store", store.folder, "--engine", "cpu"],
                  ],
                }
                : {
                  command: [],
                  script: await selfExtracting({
                    ...{
                      folder,
                      tasks,
                      deno,
                      arguments: ["--remote", bucket.url, "--engine", "cpu"],
                    },
                  }),
                },
          };
        },
        times: {
          ...{ gather: 100, look: [300, 1_000], patience: 5_000, refused: 500 },
          ...options.times,
        },
      })),
  };
}

/** Runs cells and says what came of it. */
export async function fleetRun(
  fixture: Fixture,
  options: FleetRunOptions,
  more: Partial<RunOptions> = {},
): Promise<FleetRunResult> {
  const notes: string[] = [], begin = performance.now();
  const { ran, failed, interrupted } = await fixture.run(cellsOf(fixture, options), {
    ...fleetOn(fixture, options),
    ...more,
    onEvent(event: RunEvent) {
      if (event.kind === "note") notes.push(event.text);
      if (event.kind === "failed") notes.push(`${event.cell}: ${event.text}`, ...event.tail);
      more.onEvent?.(event);
    },
  });
  return { ran, failed, interrupted, notes, seconds: (performance.now() - begin) / 1000 };
}

if (import.meta.main) {
  const options: FleetRunOptions = JSON.parse(Deno.args[0]), stop = new AbortController();
  Deno.addSignalListener("SIGINT", () => stop.abort());
  const result = await fleetRun(openFixture(options.root), options, {
    signal: stop.signal,
    onEvent: (event) => {
      if (event.kind === "started" || event.kind === "note") console.log(JSON.stringify(event));
    },
  });
  console.log(JSON.stringify({ kind: "result", ...result }));
}
