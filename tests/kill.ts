/**
 * Kills a cell at random points until it has ended all the same, and says whether it left what it
 * leaves when nobody kills it.
 *
 * @module
 */
import { join } from "node:path";
import process from "node:process";
import { readJson, removeIfPresent } from "../pipeline/store/files.ts";
import { fsck } from "../pipeline/upkeep/fsck.ts";
import type { Owner } from "../pipeline/store/owner.ts";
import { openStore, type Store } from "../pipeline/store/store.ts";
import type { Manifest } from "../pipeline/store/manifest.ts";

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
  /** Seconds after the cell's process had started, or the share of its work that it had reported. */
  readonly after: number;
  readonly unit: "seconds" | "share";
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
  let latest = before.provenance.seconds, reports = true;
  // Where the process ends before its time has come there is nothing to kill; not for ever.
  for (let tries = 0; points.length < kills && tries < 10 * kills; tries++) {
    const victim = VICTIMS[Math.floor(ground.random() * VICTIMS.length)];
    // Half of them by time, in which compiling takes most, half by progress, which comes after.
    const unit = !reports || ground.random() < 0.5 ? "seconds" : "share";
    const after = ground.random() * (unit === "seconds" ? latest : 1);
    const point: KillPoint = { cell, victim, after, unit };
    if (await killOnce(ground, store, before, point)) points.push(point);
    else {
      if (store.manifest(before.key) !== undefined) forget(store, ground.profile, before);
      if (unit === "seconds") latest = Math.max(after, 0.5 * latest);
      else reports = false;
    }
    problems.push(
      ...await faults(store, `after a kill of ${victim} at ${after.toFixed(3)} ${unit}`),
    );
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
  readonly done?: number;
  readonly total?: number;
}

/** Starts the command that computes a cell. */
function start(
  { root, store, options }: Ground,
  cell: string,
  onEvent: (event: Event) => void = () => {},
) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "cli/stage.ts", "--json", "--store", store, ...options, cell],
    cwd: root,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const ended = (async () => {
    const events: Event[] = [];
    let rest = "";
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + part).split("\n");
      rest = lines.pop()!;
      for (const line of lines.filter((line) => line.startsWith("{"))) {
        events.push(JSON.parse(line));
        onEvent(events.at(-1)!);
      }
    }
    const { code, signal } = await child.status;
    return { code, signal, events };
  })();
  return { pid: child.pid, ended };
}

/** Kills at a point; false if the cell had ended before. */
async function killOnce(
  ground: Ground,
  store: Store,
  { cell, key }: Manifest,
  { victim, after, unit }: KillPoint,
): Promise<boolean> {
  let reached = () => {};
  const point = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const { pid, ended } = start(ground, cell, ({ kind, done, total }) => {
    if (unit === "share" && kind === "progress" && done! > 0 && done! >= after * total!) reached();
  });
  let over = false;
  ended.then(() => over = true);
  let owner: Owner | undefined;
  while (!over && owner?.worker === undefined) {
    await new Promise((go) => setTimeout(go, 2));
    const found = readJson<Owner>(store.lease(key));
    if (found?.pid === pid) owner = found;
  }
  const timer = unit === "seconds" ? setTimeout(reached, 1000 * after) : undefined;
  await Promise.race([ended, point]);
  clearTimeout(timer);
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
