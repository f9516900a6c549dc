/**
 * Leases: a cell that runs is held by an owner whose heartbeat shows it is alive. A dead owner's
 * lease lapses by itself; nobody ever has to remove a lock by hand.
 *
 * @module
 */
import { hostname } from "node:os";
import process from "node:process";
import { basename, dirname, join } from "node:path";
import { readJson, removeIfPresent, statIfPresent, writeAtomic } from "./files.ts";

/** Time between heartbeats, milliseconds. */
export const HEARTBEAT_MS = 2_000;

/** A lease that was watched for so long without a heartbeat has lapsed, milliseconds. */
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
  /** Ends the worker of a dead owner, if the process is indeed that worker. */
  readonly endOrphan?: (pid: number, path: string) => Promise<void>;
}

/** When this process first saw a lease's last heartbeat, by path: no two clocks are compared. */
const watched = new Map<string, { readonly heartbeat: string; readonly since: number }>();

/** Takes the lease, or says who holds it. */
export async function acquire(
  path: string,
  options: LeaseOptions = {},
): Promise<{ kind: "held"; lease: Lease } | { kind: "busy"; owner: Owner }> {
  const { heartbeat = HEARTBEAT_MS, expiry = EXPIRY_MS } = options;
  const { alive = processAlive, endOrphan = endWorker } = options;
  const me: Owner = { id: crypto.randomUUID(), host: hostname(), pid: Deno.pid };
  const ownerDead = (owner: Owner) => owner.host === me.host && !alive(owner.pid);
  const busy = await exclusively(path, () => {
    const owner = readJson<Owner>(path), info = statIfPresent(path);
    if (owner !== undefined && info !== undefined) {
      const dead = ownerDead(owner) && (owner.worker === undefined || !alive(owner.worker));
      if (!dead && !silent(path, `${owner.id} ${info.mtime?.getTime()}`, expiry)) return owner;
    }
    watched.delete(path);
    writeAtomic(path, JSON.stringify(me));
  });
  if (busy !== undefined) {
    // Its result can never be published, and who takes over should not compute beside it.
    if (busy.worker !== undefined && ownerDead(busy)) await endOrphan(busy.worker, path);
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

/** Whether this process has seen nothing but one and the same heartbeat for a time. */
function silent(path: string, heartbeat: string, expiry: number): boolean {
  const seen = watched.get(path), now = performance.now();
  if (seen?.heartbeat === heartbeat) return now - seen.since >= expiry;
  watched.set(path, { heartbeat, since: now });
  return false;
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

/** Whether a process of this host exists. */
export function processAlive(pid: number): boolean {
  try {
    // Signal 0 is only a question.
    return process.kill(pid, 0);
  } catch (error) {
    return (error as { code?: string }).code !== "ESRCH";
  }
}

/** Who holds a lease, if anyone. */
export function leaseOwner(path: string): Owner | undefined {
  return readJson<Owner>(path);
}

/** Whether an owner and its worker are known to be gone; of other hosts nothing is known. */
export function ownerGone({ host, pid, worker }: Owner): boolean {
  return host === hostname() && !processAlive(pid) &&
    !(worker !== undefined && processAlive(worker));
}

/**
 * Ends a process of this host if its command line names the work of the lease: a number of a
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
