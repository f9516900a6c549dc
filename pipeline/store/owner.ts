/**
 * Who holds a lease, and whether that owner lives: it is asked for where its process number means
 * something to this process, and its heartbeat is watched everywhere else.
 *
 * @module
 */
import process from "node:process";
import { join } from "node:path";
import type { Digest } from "./digest.ts";
import { readJson, statIfPresent } from "./files.ts";
import { processPlace } from "./place.ts";

/** A lease that was watched for so long without a heartbeat has lapsed, milliseconds. */
export const EXPIRY_MS = 15_000;

/** Time between two looks at a lease that is watched, milliseconds. */
const LOOK_MS = 250;

/** Who holds a lease. */
export interface Owner {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /**
   * Where these process numbers mean something; not there if the system does not tell, nor in leases
   * of earlier versions: then the heartbeat alone shows whether the owner lives.
   */
  readonly place?: string;
  /** The process that does the work, once it runs. */
  readonly worker?: number;
  /** Objects that the cell reads, which nobody may remove. */
  readonly reads?: readonly Digest[];
}

/** How owners are watched. */
export interface WatchOptions {
  /** {@linkcode EXPIRY_MS} if not given. */
  readonly expiry?: number;
  /** Whether a process of this place is alive. */
  readonly alive?: (pid: number) => boolean;
}

/** Who holds a lease, as far as one process can tell; `undefined` if nobody does. */
export type Holders = (path: string) => Owner | undefined;

/** When this process first saw a lease's last heartbeat, by path: no two clocks are compared. */
const watched = new Map<string, { readonly heartbeat: string; readonly since: number }>();

/** Tells holders as seen from a place; without one, heartbeats alone count. */
export function holders(place?: string, options: WatchOptions = {}): Holders {
  const { expiry = EXPIRY_MS, alive = processAlive } = options;
  return (path) => {
    const owner = readJson<Owner>(path), heartbeat = owner && heartbeatOf(path, owner);
    if (owner === undefined || heartbeat === undefined) {
      watched.delete(path);
      return undefined;
    }
    const { pid, worker } = owner;
    const dead = isNear(owner, place) && !alive(pid) && (worker === undefined || !alive(worker));
    return dead || isSilent(path, heartbeat, expiry) ? undefined : owner;
  };
}

/** Whether an owner's process numbers mean something at a place. */
export function isNear(owner: Owner, place: string | undefined): boolean {
  return place !== undefined && owner.place === place;
}

/**
 * Watches leases of owners that cannot be asked for, until each has shown a heartbeat or lapsed.
 *
 * @param onWait Told once how many there are, if there are any
 */
export async function watchLeases(
  paths: readonly string[],
  { onWait, ...options }: WatchOptions & { readonly onWait?: (count: number) => void } = {},
): Promise<Holders> {
  if (paths.length === 0) return holders(undefined, options);
  const place = await processPlace(), holder = holders(place, options);
  const first = new Map<string, string>();
  const isUnclear = (path: string) => {
    const owner = holder(path);
    if (owner === undefined || isNear(owner, place)) return false;
    const heartbeat = heartbeatOf(path, owner)!;
    if (!first.has(path)) first.set(path, heartbeat);
    return first.get(path) === heartbeat;
  };
  let unclear = paths.filter(isUnclear);
  if (unclear.length > 0) onWait?.(unclear.length);
  while (unclear.length > 0) {
    await new Promise((go) => setTimeout(go, Math.min(LOOK_MS, options.expiry ?? EXPIRY_MS)));
    unclear = unclear.filter(isUnclear);
  }
  return holder;
}

/** Paths of all leases in a store's folder of work. */
export function leasesIn(work: string): string[] {
  if (statIfPresent(work) === undefined) return [];
  return [...Deno.readDirSync(work)].filter(({ name }) => name.endsWith(".lease"))
    .map(({ name }) => join(work, name));
}

/** Whether a process of this place exists. */
export function processAlive(pid: number): boolean {
  try {
    // Signal 0 is only a question.
    return process.kill(pid, 0);
  } catch (error) {
    return (error as { code?: string }).code !== "ESRCH";
  }
}

function heartbeatOf(path: string, { id }: Owner): string | undefined {
  const time = statIfPresent(path)?.mtime?.getTime();
  return time === undefined ? undefined : `${id} ${time}`;
}

/** Whether this process has seen nothing but one and the same heartbeat for a time. */
function isSilent(path: string, heartbeat: string, expiry: number): boolean {
  const seen = watched.get(path), now = performance.now();
  if (seen?.heartbeat === heartbeat) return now - seen.since >= expiry;
  watched.set(path, { heartbeat, since: now });
  return false;
}
