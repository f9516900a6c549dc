/**
 * The worker: lies beside frozen code as one file and computes the cells of one task on a node, where
 * neither the repository nor, mostly, a network is.
 *
 * @module
 */
import { type NodeRemote, openNodeRemote } from "../../pipeline/executor/node_remote.ts";
import { readFrozen } from "../../pipeline/executor/frozen.ts";
import { runTask } from "../../pipeline/executor/worker.ts";
import type { Tasks } from "../../pipeline/executor/work.ts";
import { openRemote } from "../../pipeline/remote/open.ts";
import { isS3 } from "../../pipeline/remote/s3/settings.ts";
import type { RunEvent } from "../../pipeline/run/events.ts";
import { UNFINISHED_EXIT, UNUSABLE_EXIT } from "../../pipeline/run/exit_codes.ts";
import { eventLines, progressLine } from "../../pipeline/run/progress/render.ts";
import { storeError } from "../../pipeline/store/error.ts";
import { readJson } from "../../pipeline/store/files.ts";
import { openStore, type Store } from "../../pipeline/store/store.ts";
import { commandMain, tellError } from "../common/command.ts";
import { UsageError } from "../common/flags.ts";
import { hostEngine } from "../common/host_engine.ts";
import { writeOutput } from "../common/output.ts";
import { fromUser } from "../common/paths.ts";
import { tidy } from "./tidy.ts";
import { readWorker, WORKER_HELP, type WorkerArguments } from "./worker_options.ts";

/** How often progress is printed, milliseconds. */
const TELL_MS = 30_000;

/** Runs the task; returns the exit code. */
async function worker(options: WorkerArguments): Promise<number> {
  const { folder, task } = options, tasks = readJson<Tasks>(options.tasks);
  if (tasks === undefined) {
    throw new Error(`Cannot read the tasks "${options.tasks}": there is no such file, complete`);
  }
  if (task >= tasks.tasks.length) {
    throw new UsageError(
      `Cannot run task ${task}: wave ${tasks.wave} has ${tasks.tasks.length}, numbered from 0`,
    );
  }
  const index = readFrozen(folder, tasks.frozen), store = openStore(options.store);
  const onEvent = openLog(), note = (text: string) => onEvent({ kind: "note", text });
  note(
    `Attempt ${options.attempt} at task ${task} of wave ${tasks.wave} on ${options.node}, frozen ` +
      `code ${tasks.frozen.slice(0, 16)}`,
  );
  if (index.deno !== Deno.version.deno) {
    note(`This is Deno ${Deno.version.deno}; the code was frozen with ${index.deno}`);
  }
  const signal = stopped(() => note("Asked to stop: checkpoints are kept"));
  const outcomes = await runTask({
    ...{ ...options, index, tasks, store, onEvent, signal },
    remote: remoteOf(options, store, onEvent),
    prepareEngine: () => hostEngine(options, placeOf(options), onEvent),
  });
  if (options.tidy && !signal.aborted) await tidy(store, note);
  const kinds = outcomes.map(({ kind }) => kind);
  return kinds.includes("failure")
    ? 1
    : kinds.some((kind) => ["interrupted", "not begun", "postponed"].includes(kind))
    ? UNFINISHED_EXIT
    : 0;
}

/** Prints what happens, one line each; a cell goes on where that cannot be written. */
function openLog(): (event: RunEvent) => void {
  let told = performance.now();
  return (event) => {
    const lines = event.kind === "cached" ? [`${event.cell}: is there`] : eventLines(event);
    if (event.kind === "progress" && performance.now() - told >= TELL_MS) {
      told = performance.now();
      lines.push(progressLine(event));
    }
    try {
      writeOutput(lines.map((line) => `${line}\n`).join(""));
    } catch {
      // The disk that takes it is full, or nobody reads it any more.
    }
  };
}

function remoteOf(
  { remote }: WorkerArguments,
  store: Store,
  onEvent: (event: RunEvent) => void,
): NodeRemote | undefined {
  if (remote === undefined) return undefined;
  const onNote = (text: string) => onEvent({ kind: "note", text });
  const place = isS3(remote) ? remote : fromUser(remote);
  return openNodeRemote(openRemote(place, { folder: store.folder, onNote }), store, onEvent);
}

const placeOf = ({ store, cpuPlugin }: WorkerArguments) => ({
  folder: store,
  ...cpuPlugin === undefined ? {} : { plugin: cpuPlugin },
  lacking: "none is named; pass --plugin PATH, a path that all nodes have, or --engine cpu",
});

/** Aborted when somebody asks to stop; a job's end may be asked for by several signals. */
function stopped(onStop: () => void): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT", "SIGUSR1"] as const) {
    Deno.addSignalListener(signal, () => {
      if (controller.signal.aborted) return;
      controller.abort();
      onStop();
    });
  }
  return controller.signal;
}

if (import.meta.main) {
  await commandMain(async () => {
    const options = readWorker(Deno.args)!;
    try {
      return await worker(options);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      tellError(storeError(error, options.store), false);
      return UNUSABLE_EXIT;
    }
  }, { help: WORKER_HELP, version: false });
}
