/**
 * Leases: a cell that runs is held by an owner whose heartbeat shows it is alive. A dead owner's
 * lease lapses by itself; nobody ever has to remove a lock by hand.
 *
 * @module
 */
import { hostname } from "node:os";
import process from "node:process";
import { dirname, join } from "node:path";
import { readJson, removeIfPresent, statIfPresent } from "./files.ts";

/** Time between heartbeats, milliseconds. */
export const HEARTBEAT_MS = 2_000;

/** A lease whose last heartbeat is older has lapsed, milliseconds. */
export const EXPIRY_MS = 15_000;

/** Who holds a lease. */
export interface Owner {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** The process that does the work, once it runs. */
  readonly worker?: number;
}

/** A held lease. */
export interface Lease {
  /** Completes the record with the process that does the work. */
  readonly workedBy: (pid: number) => void;
  /** Aborted if another owner took the lease, which happens if this process stood still. */
  readonly lost: AbortSignal;
  readonly release: () => Promise<void>;
}

/** Options of {@linkcode acquire}. */
export interface LeaseOptions {
  readonly heartbeat?: number;
  readonly expiry?: number;
  /** Whether a process of this host is alive. */
  readonly alive?: (pid: number) => boolean;
}

/** Takes the lease, or says who holds it. */
export async function acquire(
  path: string,
  { heartbeat = HEARTBEAT_MS, expiry = EXPIRY_MS, alive = processAlive }: LeaseOptions = {},
): Promise<{ kind: "held"; lease: Lease } | { kind: "busy"; owner: Owner }> {
  const me: Owner = { id: crypto.randomUUID(), host: hostname(), pid: Deno.pid };
  const busy = await exclusively(path, () => {
    const owner = readJson<Owner>(path), info = statIfPresent(path);
    if (owner !== undefined && info !== undefined) {
      const age = Date.now() - (info.mtime?.getTime() ?? 0);
      const gone = owner.host === me.host && !alive(owner.pid) &&
        (owner.worker === undefined || !alive(owner.worker));
      if (age < expiry && !gone) return owner;
    }
    Deno.writeTextFileSync(path, JSON.stringify(me));
  });
  if (busy !== undefined) return { kind: "busy", owner: busy };

  const lost = new AbortController();
  const mine = () => readJson<Owner>(path)?.id === me.id;
  const timer = setInterval(() => {
    const now = new Date();
    if (mine()) Deno.utimeSync(path, now, now);
    else lost.abort(new Error("another pipeline took over the lease"));
  }, heartbeat);
  return {
    kind: "held",
    lease: {
      workedBy: (worker) => {
        if (mine()) Deno.writeTextFileSync(path, JSON.stringify({ ...me, worker }));
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
async function exclusively<T>(path: string, work: () => T): Promise<T> {
  await Deno.mkdir(dirname(path), { recursive: true });
  using guard = await Deno.open(join(dirname(path), ".guard"), { create: true, write: true });
  await guard.lock(true);
  return work();
}

/** Whether a process of this host exists. */
function processAlive(pid: number): boolean {
  try {
    // Signal 0 is only a question.
    return process.kill(pid, 0);
  } catch (error) {
    return (error as { code?: string }).code !== "ESRCH";
  }
}
