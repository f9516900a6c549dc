/** What a cell left, or said of itself, as a fleet finds it. @module */
import { join } from "node:path";
import { outputsOf } from "../cells/outputs.ts";
import { filesBelow, readJson, statIfPresent } from "../store/files.ts";
import { finishedCell } from "../store/finished.ts";
import type { Key } from "../store/key.ts";
import type { Manifest } from "../store/manifest.ts";
import type { Entry } from "./entry.ts";
import type { FleetOptions } from "./fleet_options.ts";
import type { KeptWave } from "./kept_wave.ts";
import { type Attempt, attemptPath, type Progress, progressPath } from "./work.ts";

type Found = Pick<FleetOptions, "store" | "bring">;

/** Lines of what a task printed that are told. */
const TAIL_LINES = 20;

/** And no more of it, bytes. */
const TAIL_BYTES = 1 << 16;

/** How an attempt of a wave to run a cell ended, if it said so. */
export async function attemptOf(
  { store, bring }: Found,
  key: Key,
  wave: string,
): Promise<Attempt | undefined> {
  const attempt = bring === undefined
    ? readJson<Attempt>(attemptPath(store, key))
    : await bring.attempt(key);
  return attempt?.wave === wave ? attempt : undefined;
}

/** What an attempt of a wave says of how far it is; nothing where tasks do not share the store. */
export function progressOf({ store, bring }: Found, key: Key, wave: string): Progress | undefined {
  const progress = bring ? undefined : readJson<Progress>(progressPath(store, key));
  return progress?.wave === wave ? progress : undefined;
}

/** The manifest of a finished cell, if all of its files are there. */
export async function resultOf(
  { store, bring }: Found,
  { assessment: { cell }, work: { key } }: Entry,
): Promise<Manifest | undefined> {
  return finishedCell(store, key, outputsOf(cell)) ?? await bring?.result(cell, key);
}

/**
 * Whether the cell's work folder has a file that is newer than the start of its attempt; `undefined`
 * where that folder is on its node.
 */
export function hasNewCheckpoint(
  options: Found,
  key: Key,
  { tasks, record }: KeptWave,
): boolean | undefined {
  if (options.bring !== undefined) return undefined;
  const start = Date.parse(progressOf(options, key, tasks.wave)?.started ?? record.made);
  return filesBelow(join(options.store.work(key), "state"))
    .some((path) => (statIfPresent(path)?.mtime?.getTime() ?? 0) > start);
}

/** The last lines of a file, if it is there; of a large one its end is read alone. */
export function tailOf(path: string): string[] {
  try {
    using file = Deno.openSync(path);
    file.seekSync(-Math.min(TAIL_BYTES, file.statSync().size), Deno.SeekMode.End);
    const bytes = new Uint8Array(TAIL_BYTES), count = file.readSync(bytes) ?? 0;
    const text = new TextDecoder().decode(bytes.subarray(0, count));
    return text.trimEnd().split("\n").slice(-TAIL_LINES);
  } catch {
    return [];
  }
}
