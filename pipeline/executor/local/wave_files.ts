/** Files by which a wave of this machine, and who asks after it, know of each other. @module */
import { join } from "node:path";
import { processAlive } from "../../store/owner.ts";
import type { Ending, Wave } from "../executor.ts";

/** What the process that looks after a wave is told. */
export interface LocalWave extends Pick<Wave, "command" | "tasks"> {
  /** Folder of the places that waves share, and how many there are. */
  readonly places: { readonly folder: string; readonly count: number };
  /** Tasks of this wave that may run at a time. */
  readonly atATime: number;
  /** Milliseconds until SIGTERM, and from there until SIGKILL. */
  readonly limit: { readonly warned: number; readonly more: number };
  /** Milliseconds from SIGTERM until SIGKILL of a task that is cancelled. */
  readonly grace: number;
}

/** A process, told from a later one of the same number. */
export interface ProcessName {
  readonly pid: number;
  /** When it started, in the system's words; not known everywhere. */
  readonly started?: string;
}

/** How a task stands. */
export type LocalState =
  | { readonly kind: "running"; readonly process: ProcessName }
  | { readonly kind: "ended"; readonly how: Ending; readonly code: number; readonly text: string };

/** States by task; one that is not there waits. */
export type LocalStates = Readonly<Record<string, LocalState>>;

const inFolder = (name: string) => (folder: string) => join(folder, name);

export const wavePath: (folder: string) => string = inFolder("local.json");
export const scriptPath: (folder: string) => string = inFolder("local.sh");
export const statesPath: (folder: string) => string = inFolder("local-states.json");
/** Locked while the process that looks after the wave lives. */
export const alivePath: (folder: string) => string = inFolder("local-alive");
/** Has a file by the number of each task that is to be ended. */
export const cancelFolder: (folder: string) => string = inFolder("local-cancel");

/** A process of this machine by its number; `undefined` if there is none. */
export function processOf(pid: number): ProcessName | undefined {
  if (Deno.build.os !== "linux") return processAlive(pid) ? { pid } : undefined;
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? undefined : { pid, started: fields[18] };
  } catch {
    return undefined;
  }
}

/** Whether the very process runs. */
export function isAlive({ pid, started }: ProcessName): boolean {
  const found = processOf(pid);
  return found !== undefined && found.started === started;
}

/** Takes a lock that its holder's end releases, however it comes; `undefined` if another has it. */
export function tryLock(path: string): Deno.FsFile | undefined {
  const file = Deno.openSync(path, { create: true, write: true });
  if (file.tryLockSync(true)) return file;
  file.close();
  return undefined;
}
