/**
 * Leases: a cell that runs is held by an owner whose heartbeat shows it is alive. A dead owner's
 * lease lapses by itself; nobody ever has to remove a lock by hand.
 *
 * @module
 */
import { hostname } from "node:os";
import process from "node:process";
import { basename, dirname, join } from "node:path";
import type { Digest } from "./digest.ts";
import { readJson, removeIfPresent, writeAtomic } from "./files.ts";
import { holders, isNear, type Owner, processAlive, type WatchOptions } from "./owner.ts";
import { processPlace } from "./place.ts";

/** Time between heartbeats, milliseconds. */
export const HEARTBEAT_MS = 2_000;

/** A held lease. */
export interface Lease {
  /** Completes the record with the process that does the work. */
  readonly workedBy: (pid: number) => void;
  /** Aborted if another owner took the lease, which happens if this process stood still. */
  readonly lost: AbortSignal;
  readonly release: () => Promise<void>;
}

/** Options of {@linkcode acquire}. */
export interface LeaseOptions extends WatchOptions {
  readonly heartbeat?: number;
  /** Ends the worker of a dead owner, if the process is indeed that worker. */
  readonly endOrphan?: (pid: number, path: string) => Promise<void>;
}

/**
 * Takes the lease, or says who holds it.
 *
 * @param reads Objects that nobody may remove while the lease is held
 */
export async function acquire(
  path: string,
  options: LeaseOptions = {},
  reads: readonly Digest[] = [],
): Promise<{ kind: "held"; lease: Lease } | { kind: "busy"; owner: Owner }> {
  const { heartbeat = HEARTBEAT_MS, alive = processAlive, endOrphan = endWorker } = options;
  const place = await processPlace(), holder = holders(place, options);
  const me: Owner = { id: crypto.randomUUID(), host: hostname(), pid: Deno.pid, place, reads };
  const busy = await exclusively(path, () => {
    const owner = holder(path);
    if (owner === undefined) writeAtomic(path, JSON.stringify(me));
    return owner;
  });
  if (busy !== undefined) {
    const { pid, worker } = busy;
    // Its result can never be published, and who takes over should not compute beside it.
    if (worker !== undefined && isNear(busy, place) && !alive(pid)) await endOrphan(worker, path);
    return { kind: "busy", owner: busy };
  }

  const lost = new AbortController();
  const mine = () => readJson<Owner>(path)?.id === me.id;
  const timer = setInterval(() => {
    try {
      const now = new Date();
      if (mine()) Deno.utimeSync(path, now, now);
      else lost.abort(new Error("another pipeline took over the lease"));
    } catch {
      // A folder that is out of reach for a moment costs one heartbeat; the next one tells.
    }
  }, heartbeat);
  return {
    kind: "held",
    lease: {
      workedBy: (worker) => {
        if (mine()) writeAtomic(path, JSON.stringify({ ...me, worker }));
      },
      lost: lost.signal,
      async release() {
        clearInterval(timer);
        await exclusively(path, () => {
          if (mine()) removeIfPresent(path);
        });
      },
    },
  };
}

/**
 * Runs a short piece of work while no other process does the same beside this lease; the system
 * frees the lock of a process that dies.
 */
export async function exclusively<T>(path: string, work: () => T): Promise<T> {
  await Deno.mkdir(dirname(path), { recursive: true });
  using guard = await Deno.open(join(dirname(path), ".guard"), { create: true, write: true });
  await guard.lock(true);
  return work();
}

/**
 * Ends a process of this place if its command line names the work of the lease: a number of a
 * process that ended may have been given to another.
 */
async function endWorker(pid: number, path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  try {
    const { stdout } = await new Deno.Command("ps", {
      args: ["-ww", "-o", "args=", "-p", String(pid)],
      stderr: "null",
    }).output();
    const work = basename(path, ".lease");
    if (new TextDecoder().decode(stdout).includes(work)) process.kill(pid, "SIGKILL");
  } catch {
    // Without "ps", or where it ended by itself, the lease lapses as any other.
  }
}
