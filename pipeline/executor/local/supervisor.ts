/**
 * Looks after one wave of this machine until all of its tasks have ended, in a process of its own:
 * `supervisor.ts FOLDER`. It outlives the command that submitted the wave.
 *
 * @module
 */
import { join } from "node:path";
import { readJson } from "../../store/files.ts";
import {
  alivePath,
  cancelFolder,
  type LocalState,
  type LocalWave,
  sendSignal,
  statesPath,
  tryLock,
  wavePath,
} from "./wave_files.ts";

/** Time between two looks, milliseconds. */
const LOOK = 100;

/** Appends what a program prints to a file. */
const TO_FILE = 'exec "$@" >>"$0" 2>&1';

const pause = (milliseconds: number) => new Promise((go) => setTimeout(go, milliseconds));

/** Runs a wave that nobody else runs. */
export async function supervise(folder: string): Promise<void> {
  using alive = tryLock(alivePath(folder));
  const wave = readJson<LocalWave>(wavePath(folder));
  if (alive === undefined || wave === undefined) return;
  const states: Record<string, LocalState> = { ...readJson(statesPath(folder)) };
  /** Whole, but not at once on the disk: what ends this machine ends the tasks, too. */
  const write = () => {
    const path = statesPath(folder);
    try {
      Deno.writeTextFileSync(`${path}.tmp`, JSON.stringify(states));
      Deno.renameSync(`${path}.tmp`, path);
    } catch (error) {
      // Who has taken all cells back removes the folder, and a task may yet be ending.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  };
  const tell = (task: number, state: LocalState) => {
    states[task] = state;
    write();
  };
  write();
  Deno.mkdirSync(cancelFolder(folder), { recursive: true });
  Deno.mkdirSync(wave.places.folder, { recursive: true });
  const isCancelled = (task: number) => {
    try {
      Deno.statSync(join(cancelFolder(folder), `${task}`));
      return true;
    } catch {
      return false;
    }
  };

  /** One of the places that waves share, if one is free. */
  const takePlace = (): Deno.FsFile | undefined => {
    for (let place = 0; place < wave.places.count; place++) {
      const file = tryLock(join(wave.places.folder, `${place}`));
      if (file !== undefined) return file;
    }
  };

  async function run(task: number): Promise<void> {
    const output = join(folder, `${task}.out`);
    let child: Deno.ChildProcess;
    try {
      Deno.openSync(output, { append: true, create: true }).close();
      child = new Deno.Command("/bin/sh", {
        args: ["-c", TO_FILE, output, ...wave!.command],
        env: { SMOOTHNESS_TASK: `${task}` },
        stdin: "null",
        stdout: "null",
        stderr: "null",
        detached: true,
      }).spawn();
    } catch (error) {
      const text = `Cannot be started: ${(error as Error).message}`;
      return tell(task, { kind: "ended", how: "launch", code: 0, text });
    }
    const { pid } = child, started = Date.now();
    tell(task, { kind: "running", process: { pid, started } });
    let ended = false, why: "limit" | "cancelled" | undefined, warned = false, kill = Infinity;
    const ending = child.status.finally(() => ended = true);
    while (!ended) {
      const now = Date.now();
      if (why === undefined && isCancelled(task)) {
        why = "cancelled";
        sendSignal(pid, "SIGTERM");
        kill = now + wave!.grace;
      }
      if (!warned && now >= started + wave!.limit.warned) {
        warned = true;
        sendSignal(pid, "SIGTERM");
      }
      if (why === undefined && now >= started + wave!.limit.warned + wave!.limit.more) {
        why = "limit";
        kill = now;
      }
      if (now >= kill) sendSignal(-pid, "SIGKILL");
      await Promise.race([ending, pause(LOOK)]);
    }
    const { code, signal: name } = await ending;
    if (why === "limit" && name === null) why = undefined; // it ended itself just before
    sendSignal(-pid, "SIGKILL"); // nothing of a task outlives it
    const how = why ?? (name === null ? "exit" : "signal");
    const number = name === null ? code : code - 128;
    const told = name === null ? `exit code ${code}` : name;
    tell(task, {
      kind: "ended",
      how,
      code: number,
      text: why === undefined ? told : `${why === "limit" ? "time limit" : "cancelled"}, ${told}`,
    });
  }

  const running = new Set<Promise<void>>();
  for (let task = 0; task < wave.tasks;) {
    if (states[task] !== undefined) {
      task++; // of a process that looked after the wave before
      continue;
    }
    if (isCancelled(task)) {
      const text = "cancelled before it began";
      tell(task++, { kind: "ended", how: "cancelled", code: 0, text });
      continue;
    }
    const place = running.size < wave.atATime ? takePlace() : undefined;
    if (place === undefined) {
      await Promise.race([...running, pause(LOOK)]);
      continue;
    }
    const one: Promise<void> = run(task++).finally(() => {
      running.delete(one);
      place.close();
    });
    running.add(one);
  }
  await Promise.all(running);
}

if (import.meta.main) await supervise(Deno.args[0]);
