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
  /** When it started, milliseconds since 1970. */
  readonly started: number;
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

/** What two ways to say when a process started may differ by, milliseconds. */
const TOLERANCE = 10_000;

/** Whether the very process runs; where `ps` is missing, whether any of its number does. */
export function isAlive({ pid, started }: ProcessName): boolean {
  if (!processAlive(pid)) return false;
  try {
    const { stdout } = new Deno.Command("ps", {
      args: ["-o", "stat=,etime=", "-p", `${pid}`],
      stderr: "null",
    }).outputSync();
    const [state, age] = new TextDecoder().decode(stdout).trim().split(/\s+/);
    if (age === undefined || state.startsWith("Z")) return false;
    return Math.abs(Date.now() - secondsOf(age) * 1000 - started) < TOLERANCE;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}

/** Signals a task, or all that it started (`-pid`); what has ended needs none. */
export function sendSignal(pid: number, name: Deno.Signal): void {
  try {
    Deno.kill(pid, name);
  } catch { /* it has just ended */ }
}

/** An age as `ps` writes it: `1-02:03:04`. */
export function secondsOf(age: string): number {
  const [days, clock] = age.includes("-") ? age.split("-") : ["0", age];
  return clock.split(":").reduce((all, part) => all * 60 + Number(part), 0) + Number(days) * 86_400;
}

/** Takes a lock that its holder's end releases, however it comes; `undefined` if another has it. */
export function tryLock(path: string): Deno.FsFile | undefined {
  const file = Deno.openSync(path, { create: true, write: true });
  if (file.tryLockSync(true)) return file;
  file.close();
  return undefined;
}
