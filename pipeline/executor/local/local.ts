/**
 * Tasks as processes of this machine that outlive the command: each wave has a process that looks after
 * it, and all waves share the places at which tasks run.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readJson, statIfPresent, writeAtomic } from "../../store/files.ts";
import type { Store } from "../../store/store.ts";
import type { Executor, Ticket, TicketState, Wave } from "../executor.ts";
import { waveFolder } from "../work.ts";
import { warningSeconds } from "../time_limit.ts";
import {
  alivePath,
  cancelFolder,
  isAlive,
  type LocalStates,
  type LocalWave,
  scriptPath,
  sendSignal,
  statesPath,
  tryLock,
  wavePath,
} from "./wave_files.ts";

/** How this machine is used. */
export interface LocalSettings {
  /** Tasks that may run at a time, of all waves. */
  readonly places: number;
  /** The store that its waves are kept in. */
  readonly store: Pick<Store, "folder">;
  /** Milliseconds from SIGTERM to SIGKILL of a task that is cancelled. */
  readonly grace?: number;
}

/** Most tasks in a wave: one file has the states of all. */
const LARGEST = 1000;

/** How long the start of a wave, and the end of cancelled tasks, are waited for, milliseconds. */
const PATIENCE = 45_000;

/** Time between two looks, milliseconds. */
const LOOK = 50;

const SUPERVISOR = fileURLToPath(new URL("./supervisor.ts", import.meta.url));

/** Whether the process that looks after a wave lives. */
function isLookedAfter(folder: string): boolean {
  if (statIfPresent(alivePath(folder)) === undefined) return false;
  using lock = tryLock(alivePath(folder));
  return lock === undefined;
}

/** How tasks of a wave stand; nothing where there is no such wave. */
function statesOf(folder: string): ((task: number) => TicketState) | undefined {
  const lives = isLookedAfter(folder); // asked first, so that what is read is the last it wrote
  const states = readJson<LocalStates>(statesPath(folder));
  if (states === undefined) return undefined;
  const gone: TicketState = {
    ...{ kind: "ended", how: "node", code: 0 },
    text: "it went with the process that looked after its wave",
  };
  return (task) => {
    const state = states[task];
    if (state?.kind === "ended") return state;
    if (state === undefined) {
      return lives ? { kind: "queued", why: "places", restarts: 0 } : gone;
    }
    return lives || isAlive(state.process)
      ? { kind: "running", node: Deno.hostname(), restarts: 0 }
      : gone;
  };
}

const ticketsOf = ({ id, tasks }: Pick<Wave, "id" | "tasks">): Ticket[] =>
  Array.from({ length: tasks }, (_, task) => ({ id: `${id}_${task}`, wave: id, task }));

/** Starts what looks after a wave, out of reach of this process's terminal and end. */
function start(folder: string, places: string): void {
  const both = [folder, places].map((path) => path.replaceAll(",", ",,")).join(",");
  new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-config", "--no-lock", "--no-prompt", "--no-check"],
      ...[`--allow-read=${both}`, `--allow-write=${both}`, "--allow-run", SUPERVISOR, folder],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
    detached: true,
  }).spawn().unref();
}

/** Ends a task that nobody looks after. */
function endOrphan(folder: string, task: number): void {
  const state = readJson<LocalStates>(statesPath(folder))?.[task];
  if (state?.kind !== "running" || !isAlive(state.process)) return;
  sendSignal(-state.process.pid, "SIGKILL");
}

/** Opens this machine. */
export function openLocal({ places, store, grace = 10_000 }: LocalSettings): Executor {
  const placesFolder = join(store.folder, "work", "places");

  const find: Executor["find"] = (wave) => {
    const known = statIfPresent(statesPath(wave.folder)) !== undefined;
    return Promise.resolve(known ? ticketsOf(wave) : []);
  };

  return {
    kind: "local",
    place: "this machine",
    largestWave: () => Promise.resolve(LARGEST),
    check: () => Promise.resolve(undefined),
    find,
    async submit(wave, signal) {
      const { id, folder, command, script, tasks, atATime = tasks, resources } = wave;
      const known = await find(wave);
      if (known.length > 0) return known;
      signal.throwIfAborted();
      if (script !== undefined) writeAtomic(scriptPath(folder), script);
      const warned = warningSeconds(resources.minutes) * 1000, whole = resources.minutes * 60_000;
      const told: LocalWave = {
        ...{ tasks, atATime, grace, places: { folder: placesFolder, count: places } },
        command: script === undefined ? command : ["/bin/sh", scriptPath(folder)],
        limit: { warned: whole - warned, more: warned },
      };
      writeAtomic(wavePath(folder), JSON.stringify(told));
      start(folder, placesFolder);
      const end = Date.now() + PATIENCE;
      while (statIfPresent(statesPath(folder)) === undefined) {
        if (Date.now() > end) {
          throw new Error(
            `Cannot start wave ${id} on this machine: the process that looks after it has done ` +
              `nothing in ${PATIENCE / 1000} s, expected "${statesPath(folder)}"; run the same ` +
              "command again where the machine is less busy",
          );
        }
        await new Promise((go) => setTimeout(go, LOOK));
      }
      return ticketsOf(wave);
    },
    poll(tickets) {
      const waves = new Map([...new Set(tickets.map(({ wave }) => wave))].map((wave) => {
        return [wave, statesOf(waveFolder(store, wave))];
      }));
      const states = tickets.map(({ id, wave, task }): [string, TicketState] => [
        id,
        waves.get(wave)?.(task) ?? { kind: "unknown" },
      ]);
      return Promise.resolve(new Map(states));
    },
    async cancel(tickets) {
      for (const { wave, task } of tickets) {
        const folder = waveFolder(store, wave);
        if (statIfPresent(folder) === undefined) continue;
        Deno.mkdirSync(cancelFolder(folder), { recursive: true });
        Deno.writeTextFileSync(join(cancelFolder(folder), `${task}`), "");
        if (!isLookedAfter(folder)) endOrphan(folder, task);
      }
      const end = Date.now() + PATIENCE;
      for (;;) {
        const states = await this.poll(tickets);
        const left = tickets.filter(({ id }) =>
          !["ended", "unknown"].includes(states.get(id)!.kind)
        );
        if (left.length === 0) return { left };
        if (Date.now() > end) {
          const names = left.map(({ id }) => id).join(", ");
          return { left, text: `Cannot end ${names}: still there after ${PATIENCE / 1000} s` };
        }
        await new Promise((go) => setTimeout(go, LOOK));
      }
    },
  };
}
