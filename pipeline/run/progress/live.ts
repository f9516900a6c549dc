/**
 * A run as a file that is renewed while it runs, so that other processes see what a terminal shows. The
 * file is a cache: it may be deleted at any time, and a run goes on where it cannot be written.
 *
 * @module
 */
import { hostname } from "node:os";
import { join } from "node:path";
import { readJson, removeIfPresent, statIfPresent } from "../../store/files.ts";
import { HEARTBEAT_MS } from "../../store/lease.ts";
import { type Holders, holders, type Owner } from "../../store/owner.ts";
import { processPlace } from "../../store/place.ts";
import type { Store } from "../../store/store.ts";
import type { RunEvent } from "../events.ts";
import { summaryText } from "./render.ts";
import { advance, type CellProgress, NOTHING_YET, type ProgressState } from "./state.ts";

/** What a run writes of itself. */
interface RunFile extends Owner {
  readonly profile: string;
  readonly jobs: number;
  readonly cells: readonly (readonly [id: string, progress: CellProgress])[];
  /** When it was written, milliseconds on the clock of the run's own process, as all times in it. */
  readonly now: number;
  /** How the run ended. */
  readonly ended?: string;
}

/** A run as another process sees it. */
export interface SeenRun {
  /** Distinct among all runs. */
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly state: ProgressState;
  /** When that was, on the clock of the run's own process, milliseconds. */
  readonly now: number;
  /** How it ended; not there while it runs. */
  readonly ended?: string;
}

/** Writes a run down as it goes. */
export interface RunRecord {
  readonly onEvent: (event: RunEvent) => void;
  /** Writes the end down. */
  readonly close: () => void;
}

/** Time between two writings, milliseconds. */
const WRITE_MS = 500;

/** What a run says that ended without saying how. */
const BROKEN_OFF = "The run ended before its cells did; the same command resumes";

/** Files of ended runs are removed after this time, milliseconds. */
const KEPT_MS = 24 * 3600 * 1000;

const folderOf = ({ cache }: Pick<Store, "cache">) => join(cache, "runs");

const prefixOf = (profile: string) => `${encodeURIComponent(profile)},`;

/** Starts to write down a run of a profile, in place of the profile's runs that ended. */
export function openRunRecord(store: Pick<Store, "cache">, profile: string): RunRecord {
  let owner: Owner = { id: crypto.randomUUID(), host: hostname(), pid: Deno.pid };
  const path = join(folderOf(store), `${prefixOf(profile)}${owner.id}.json`);
  let state = NOTHING_YET, ended: string | undefined, told = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let heartbeat: ReturnType<typeof setInterval> | undefined;

  function write(): void {
    clearTimeout(timer);
    timer = undefined;
    const { jobs, cells } = state, now = performance.now();
    const file: RunFile = { ...owner, ...{ profile, jobs, cells: [...cells], now, ended } };
    quietly(() => {
      if (!told) tidy(store, profile, owner.place);
      told = true;
      Deno.mkdirSync(folderOf(store), { recursive: true });
      // a crash may lose it: unlike results, it is not synchronised with the disk
      Deno.writeTextFileSync(`${path}.tmp`, JSON.stringify(file));
      Deno.renameSync(`${path}.tmp`, path);
    });
  }

  /** A run that starts nothing is told of at its end alone, and need not ask where it is. */
  async function begin(): Promise<void> {
    heartbeat = setInterval(
      () => quietly(() => Deno.utimeSync(path, new Date(), new Date())),
      HEARTBEAT_MS,
    );
    Deno.unrefTimer(heartbeat);
    const place = await processPlace().catch(() => undefined);
    owner = { ...owner, place };
    if (ended === undefined) write();
  }

  return {
    onEvent(event) {
      state = advance(state, event, performance.now());
      if (event.kind === "end") ended = summaryText(event.summary);
      if (event.kind === "started" && heartbeat === undefined) void begin();
      else if (heartbeat !== undefined && timer === undefined) {
        timer = setTimeout(write, WRITE_MS);
        Deno.unrefTimer(timer);
      }
    },
    close() {
      clearInterval(heartbeat);
      ended ??= BROKEN_OFF;
      if (state.cells.size > 0) write();
      clearTimeout(timer);
    },
  };
}

/**
 * Sees the runs of a profile: those that go on, or the one that ended last.
 *
 * @param holder As {@linkcode holders} gives it: a run without a heartbeat has ended
 */
export function readRuns(
  store: Pick<Store, "cache">,
  profile: string,
  holder: Holders = holders(),
): SeenRun[] {
  const seen = pathsOf(store, profile).flatMap((path) => {
    const file = readJson<RunFile>(path), written = statIfPresent(path)?.mtime?.getTime() ?? 0;
    if (!file || file.profile !== profile || !Array.isArray(file.cells)) return [];
    const { id, host, pid, jobs, now } = file;
    const state: ProgressState = { jobs, cells: new Map((file as RunFile).cells) };
    const ended = file.ended ?? (holder(path) === undefined ? BROKEN_OFF : undefined);
    return [{ run: { id, host, pid, state, now, ended }, written }];
  }).sort((a, b) => b.written - a.written).map(({ run }) => run);
  const going = seen.filter(({ ended }) => ended === undefined);
  return going.length > 0 ? going : seen.slice(0, 1);
}

function pathsOf(store: Pick<Store, "cache">, profile: string): string[] {
  const folder = folderOf(store), prefix = prefixOf(profile);
  if (statIfPresent(folder) === undefined) return [];
  return [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.startsWith(prefix) && name.endsWith(".json"))
    .map((name) => join(folder, name));
}

/** Removes the files of runs that ended, of the profile's own at once and of others after a day. */
function tidy(store: Pick<Store, "cache">, profile: string, place: string | undefined): void {
  const holder = holders(place), folder = folderOf(store);
  for (const path of pathsOf(store, profile)) {
    const over = readJson<RunFile>(path)?.ended !== undefined || holder(path) === undefined;
    if (over) removeIfPresent(path);
  }
  for (const { name } of statIfPresent(folder) === undefined ? [] : Deno.readDirSync(folder)) {
    const path = join(folder, name), changed = statIfPresent(path)?.mtime?.getTime();
    if (changed !== undefined && Date.now() - changed > KEPT_MS) removeIfPresent(path);
  }
}

/** What cannot be written is not told: a run does not fail for being watched. */
function quietly(work: () => void): void {
  try {
    work();
  } catch { /* the next time tells more */ }
}
