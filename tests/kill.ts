/**
 * Kills a cell at random points until it has ended all the same, and says whether it left what it
 * leaves when nobody kills it.
 *
 * @module
 */
import { join } from "node:path";
import process from "node:process";
import { readJson, removeIfPresent } from "../pipeline/files.ts";
import { fsck } from "../pipeline/fsck.ts";
import type { Owner } from "../pipeline/lease.ts";
import { type Manifest, openStore, type Store } from "../pipeline/store.ts";

/** Where cells are killed: a store in which all of them are finished. */
export interface Ground {
  /** The repository. */
  readonly root: string;
  readonly store: string;
  /** Name of the profile in the store. */
  readonly profile: string;
  /** Options of the command, which name profile and plugin. */
  readonly options: readonly string[];
  /** Random numbers in [0, 1). */
  readonly random: () => number;
}

/** Who is killed: the cell's process, the pipeline that started it, or both at once. */
const VICTIMS = ["cell", "pipeline", "both"] as const;

/** One process killed, or two. */
export interface KillPoint {
  readonly cell: string;
  readonly victim: typeof VICTIMS[number];
  /** Seconds after the cell's process had started. */
  readonly after: number;
}

/** What became of a cell that was killed again and again. */
export interface Killed {
  readonly points: readonly KillPoint[];
  /** What was not as it should be; empty if all is well. */
  readonly problems: readonly string[];
  /** What its last process said it went on from, if anything. */
  readonly wentOn?: string;
}

/** Random numbers in [0, 1) from a seed (mulberry32, by Tommy Ettinger). */
export function randomNumbers(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Forgets a finished cell, kills it at so many points while it is computed anew, lets it end, and
 * compares.
 *
 * @throws {Error} If the store does not have the cell
 */
export async function killCell(ground: Ground, cell: string, kills: number): Promise<Killed> {
  const store = openStore(ground.store), before = store.latest(ground.profile, cell);
  if (before === undefined) throw new Error(`Cannot kill "${cell}": expected it to be finished`);
  forget(store, ground.profile, before);
  const points: KillPoint[] = [], problems: string[] = [];
  let latest = before.provenance.seconds;
  // Where the process ends before its time has come there is nothing to kill; not for ever.
  for (let tries = 0; points.length < kills && tries < 10 * kills; tries++) {
    const victim = VICTIMS[Math.floor(ground.random() * VICTIMS.length)];
    const after = ground.random() * latest;
    if (await killOnce(ground, store, before, victim, after)) points.push({ cell, victim, after });
    else {
      if (store.manifest(before.key) !== undefined) forget(store, ground.profile, before);
      latest = Math.max(after, 0.5 * latest);
    }
    problems.push(...await faults(store, `after a kill of ${victim} at ${after.toFixed(3)} s`));
  }
  const { code, events } = await start(ground, cell).ended;
  if (code !== 0) problems.push(`it ended with ${code}: ${JSON.stringify(events.slice(-3))}`);
  const now = store.latest(ground.profile, cell);
  for (const [name, { digest }] of Object.entries(before.outputs)) {
    const again = now?.outputs[name]?.digest;
    if (again !== digest) problems.push(`${name} is ${again ?? "missing"}, was ${digest}`);
  }
  problems.push(...await faults(store, "at the end"));
  const left = [...Deno.readDirSync(join(store.folder, "work"))].map(({ name }) => name)
    .filter((name) => name.startsWith(before.key));
  if (left.length > 0) problems.push(`it left ${left.join(", ")} in the work folder`);
  const wentOn = events.find(({ kind, text }) => kind === "log" && text?.startsWith("going on"));
  return { points, problems, wentOn: wentOn?.text };
}

interface Event {
  readonly kind: string;
  readonly text?: string;
}

/** Starts the command that computes a cell. */
function start({ root, store, options }: Ground, cell: string) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "cli/stage.ts", "--json", "--store", store, ...options, cell],
    cwd: root,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const ended = (async () => {
    const text = await new Response(child.stdout).text();
    const events: Event[] = text.split("\n").filter((line) => /^\{.*\}$/.test(line))
      .map((line) => JSON.parse(line));
    const { code, signal } = await child.status;
    return { code, signal, events };
  })();
  return { pid: child.pid, ended };
}

/** Kills so many seconds after the cell's process started; false if it had ended before. */
async function killOnce(
  ground: Ground,
  store: Store,
  { cell, key }: Manifest,
  victim: KillPoint["victim"],
  after: number,
): Promise<boolean> {
  const { pid, ended } = start(ground, cell);
  let over = false;
  ended.then(() => over = true);
  let owner: Owner | undefined;
  while (!over && owner?.worker === undefined) {
    await new Promise((go) => setTimeout(go, 2));
    const found = readJson<Owner>(store.lease(key));
    if (found?.pid === pid) owner = found;
  }
  await Promise.race([ended, new Promise((go) => setTimeout(go, 1000 * after))]);
  if (over || owner?.worker === undefined) return false;
  const hit = [
    ...victim === "cell" ? [] : [kill(pid)],
    ...victim === "pipeline" ? [] : [kill(owner.worker)],
  ];
  const { code, signal } = await ended;
  return hit.includes(true) && (victim === "cell" ? code !== 0 : signal === "SIGKILL");
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as { code?: string }).code === "ESRCH") return false;
    throw error;
  }
}

/** Removes what a cell left, but not what others left as well. */
function forget(store: Store, profile: string, { cell, key, outputs }: Manifest): void {
  const manifests = join(store.folder, "manifests"), shared = new Set<string>();
  removeIfPresent(join(manifests, `${key}.json`));
  removeIfPresent(join(store.folder, "latest", profile, `${cell.replaceAll(":", ".")}.json`));
  for (const { name } of Deno.readDirSync(manifests)) {
    const other = readJson<Manifest>(join(manifests, name));
    for (const { digest } of Object.values(other?.outputs ?? {})) shared.add(digest);
  }
  for (const { digest } of Object.values(outputs)) {
    if (!shared.has(digest)) removeIfPresent(store.object(digest));
  }
}

/** What is wrong with a store; a killed process may leave what is unfinished. */
async function faults(store: Store, when: string): Promise<string[]> {
  const { findings } = await fsck(store);
  return findings.filter(({ fault }) => fault)
    .map(({ kind, path, text }) => `${kind}: ${path} ${text}, ${when}`);
}
