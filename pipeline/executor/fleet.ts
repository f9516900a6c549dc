/**
 * Cells on an executor: those that are ready together are handed over in waves, all are looked after
 * by one question, and what comes back is told from what they left, never from silence.
 *
 * @module
 */
import { join } from "node:path";
import { outputsOf } from "../cells/outputs.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import type { Assessment } from "../freshness/assess.ts";
import type { Fleet, FleetOutcome, FleetRun } from "../run/fleet.ts";
import type { Digest } from "../store/digest.ts";
import { filesBelow, readJson, removeIfPresent, statIfPresent } from "../store/files.ts";
import type { Key } from "../store/key.ts";
import type { LeaseOptions } from "../store/lease.ts";
import type { Manifest } from "../store/manifest.ts";
import type { Store } from "../store/store.ts";
import { type Executor, ExecutorSilent, type Resources, SubmissionRefused } from "./executor.ts";
import type { Ticket, TicketState, Wave } from "./executor.ts";
import { planWaves } from "./tasks.ts";
import { type Verdict, verdictOn } from "./verdict.ts";
import { inHands, type KeptWave, newWave, openWaves, tasksPath, ticketOf } from "./waves.ts";
import { workOf } from "./declared.ts";
import { type Attempt, attemptPath, type Progress, progressPath, type Tasks } from "./work.ts";
import { waveFolder, type Work } from "./work.ts";

/** Code of cells as it was when they were handed over, and how a task is started with it. */
export interface Frozen {
  readonly digest: Digest;
  /** What runs the tasks of a wave: of `tasks.json`, or of a script that brings it along. */
  readonly start: (tasksFile: string, tasks: Tasks) => Pick<Wave, "command" | "script">;
}

/** Times of a fleet, milliseconds. */
export interface FleetTimes {
  /** So long cells that become ready are waited for, so that they go together. */
  readonly gather: number;
  /** First and longest time between two looks. */
  readonly look: readonly [first: number, longest: number];
  /** A task of which nothing is known for so long is gone. */
  readonly patience: number;
  /** Until a wave that was not taken is offered again. */
  readonly refused: number;
}

/** {@linkcode FleetTimes} of a cluster. */
export const FLEET_TIMES: FleetTimes = {
  gather: 300,
  look: [2_000, 30_000],
  patience: 60_000,
  refused: 20_000,
};

/** What a fleet needs. */
export interface FleetOptions extends FleetRun {
  readonly executor: Executor;
  readonly store: Store;
  readonly profile: string;
  /** Of the repository, where it is known. */
  readonly commit?: string;
  /** What a cell asks for; `here` for one that this machine runs itself. */
  readonly resources: (cell: CellDeclaration) => Resources | "here";
  /** Tasks that may run at a time. */
  readonly places: number;
  /** Cells that may be handed over at a time; as many as there are if left out. */
  readonly cells?: number;
  readonly freeze: (cells: readonly CellDeclaration[]) => Promise<Frozen>;
  /** Digest of the code beneath the boundary of a cell's stage. */
  readonly beneath: (cell: CellDeclaration) => Promise<Digest | undefined>;
  /** Brings what a cell left on a machine with another store; without it tasks share the store. */
  readonly bring?: {
    readonly result: (cell: CellDeclaration, key: Key) => Promise<Manifest | undefined>;
    readonly attempt: (key: Key) => Promise<Attempt | undefined>;
  };
  /** Whether cells are left alone once they are handed over. */
  readonly detach?: boolean;
  readonly times?: FleetTimes;
  readonly lease?: LeaseOptions;
}

/** A cell that is on its way. */
interface Entry {
  readonly assessment: Assessment;
  readonly work: Work;
  readonly resources: Resources;
  readonly seconds?: number;
  readonly resolve: (outcome: FleetOutcome) => void;
  readonly reject: (error: unknown) => void;
  /** Not handed over before. */
  notBefore: number;
  /** In whose hands it is. */
  held?: { readonly wave: KeptWave; readonly task: number };
  started: boolean;
  restarts: number;
  /** Since when nothing is known of its task, and how many looks found nothing. */
  silence?: { readonly since: number; looks: number };
  lost: string[];
  /** What was last told of it. */
  told?: string;
}

/** Cells that are handed over at a time where nothing else is said. */
const MOST_CELLS = 100_000;

/** Looks that find nothing of a task before it may be gone. */
const LOOKS = 2;

/** Lines of what a task printed that are told. */
const TAIL_LINES = 20;

/** Opens a fleet; it does nothing before a cell is run. */
export function openFleet(options: FleetOptions): Fleet {
  const { executor, store, onEvent, signal, bring, times = FLEET_TIMES } = options;
  const waves = openWaves(store, executor.kind, options.lease);
  const entries = new Map<Key, Entry>();
  let looking: Promise<void> | undefined,
    wake = () => {},
    silent = false,
    largest: number | undefined;
  const note = (text: string) => onEvent({ kind: "note", text });

  function settle(entry: Entry, outcome: FleetOutcome): void {
    entries.delete(entry.work.key);
    if (outcome.kind !== "handed over" && outcome.kind !== "interrupted") {
      // What an attempt told is told by now.
      for (const path of [attemptPath, progressPath]) removeIfPresent(path(store, entry.work.key));
    }
    entry.resolve(outcome);
  }

  function start(): void {
    looking = look().catch((error) => {
      for (const entry of [...entries.values()]) {
        entries.delete(entry.work.key);
        entry.reject(error);
      }
    }).finally(() => {
      looking = undefined;
      // One may have come in the very moment that the last one went.
      if (entries.size > 0) start();
    });
  }

  /** Looks after all entries until there are none. */
  async function look(): Promise<void> {
    let pause = times.look[0];
    await sleep(times.gather);
    while (entries.size > 0) {
      if (signal.aborted) return await stop();
      try {
        const before = entries.size;
        await handOver();
        const news = await takeBack();
        if (silent) note(`${executor.place} answers again`);
        silent = false;
        pause = news || entries.size !== before
          ? times.look[0]
          : Math.min(times.look[1], 1.5 * pause);
        if (options.detach) detachHeld();
      } catch (error) {
        if (signal.aborted) return await stop();
        if (!(error instanceof ExecutorSilent)) throw error;
        if (!silent) {
          note(`${executor.place} does not answer (${error.message}); waiting, what runs goes on`);
        }
        silent = true;
        pause = Math.min(times.look[1], 1.5 * pause);
      }
      if (entries.size > 0 && !signal.aborted) await sleep(pause * (0.8 + 0.4 * Math.random()));
    }
  }

  /** Waits; sooner over if cells come, which are waited for a moment, or if all is to stop. */
  async function sleep(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const over = () => resolve();
    const timer = setTimeout(over, milliseconds);
    let woken = false;
    wake = () => {
      woken = true;
      over();
    };
    signal.addEventListener("abort", over, { once: true });
    await promise;
    signal.removeEventListener("abort", over);
    clearTimeout(timer);
    wake = () => {};
    if (woken && !signal.aborted) await sleep(times.gather);
  }

  /** Finds in whose hands cells are; what is in nobody's becomes a wave. */
  async function handOver(): Promise<void> {
    const now = performance.now();
    const ready = [...entries.values()].filter(({ held, notBefore }) => !held && notBefore <= now);
    if (ready.length > 0) {
      attach(ready);
      const free = ready.filter(({ held }) => held === undefined);
      if (free.length > 0) await submitNew(free);
    }
    // Of waves whose maker died, or whose answer was lost.
    for (const wave of new Set([...entries.values()].flatMap(({ held }) => held?.wave ?? []))) {
      if (await waves.hold(wave) && wave.record.tickets === undefined) await submit(wave);
    }
  }

  function attach(ready: readonly Entry[]): void {
    const byKey = new Map(ready.map((entry) => [entry.work.key, entry])), found = new Set<string>();
    for (const wave of waves.open()) {
      for (const { work, task } of inHands(wave)) {
        const entry = byKey.get(work.key);
        if (entry === undefined || entry.held !== undefined) continue;
        entry.held = { wave, task };
        found.add(wave.tasks.wave);
      }
    }
    if (found.size === 0) return;
    const count = ready.filter(({ held }) => held !== undefined).length;
    note(`Found ${cellsText(count)} that ${executor.place} has already (${[...found].join(", ")})`);
  }

  async function submitNew(free: readonly Entry[]): Promise<void> {
    largest ??= await executor.largestWave(signal);
    const frozen = await options.freeze(free.map(({ assessment }) => assessment.cell));
    const byKey = new Map(free.map((entry) => [entry.work.key, entry]));
    const made = await waves.claim([...byKey.keys()], (left) => {
      // Another command may have handed a cell over and taken it back since this one looked.
      const cells = free.filter(({ work }) => left.has(work.key) && !inStore(work.key));
      const planned = planWaves(cells, options.places, largest!);
      // The places are those of all waves together.
      const atATime = Math.max(1, Math.floor(options.places / planned.length));
      return planned.map((wave) => waveOf(wave, frozen, atATime));
    }, executor.place);
    for (const wave of made) {
      for (const { work, task } of inHands(wave)) byKey.get(work.key)!.held = { wave, task };
      await submit(wave);
    }
    // What another command took this very moment is found the next time.
    for (const entry of free) {
      if (!entry.held && inStore(entry.work.key)) settle(entry, { kind: "cached" });
    }
  }

  /** Whether a cell was finished, as far as can be seen at a glance. */
  const inStore = (key: Key) =>
    statIfPresent(join(store.folder, "manifests", `${key}.json`)) !== undefined &&
    Object.values(store.manifest(key)?.outputs ?? { none: undefined })
      .every((file) => file !== undefined && store.inspect(file) === undefined);

  function waveOf(
    { resources, tasks: cells }: ReturnType<typeof planWaves<Entry>>[number],
    frozen: Frozen,
    atATime: number,
  ): { wave: Wave; tasks: Tasks } {
    const id = newWave(), folder = waveFolder(store, id), { profile, commit } = options;
    const tasks: Tasks = {
      ...{ wave: id, profile, frozen: frozen.digest },
      ...commit === undefined ? {} : { commit },
      tasks: cells.map((task) => task.map(({ work }) => work)),
    };
    const all = cells.flat();
    const stages = [...new Set(all.map(({ work }) => work.cell.stage))].join(", ");
    return {
      tasks,
      wave: {
        ...{ id, folder, resources, tasks: cells.length, atATime },
        ...frozen.start(tasksPath(folder), tasks),
        comment: `${profile}: ${cellsText(all.length)} of ${stages}`,
      },
    };
  }

  async function submit(wave: KeptWave): Promise<void> {
    const { wave: asked } = wave.record;
    const inWave = [...entries.values()].filter(({ held }) => held?.wave === wave);
    let tickets: readonly Ticket[];
    try {
      tickets = await executor.submit(asked, signal);
    } catch (error) {
      if (!(error instanceof SubmissionRefused)) throw error;
      await waves.close(wave, false);
      for (const entry of inWave) entry.held = undefined;
      if (!error.later) {
        const text = `${executor.place} does not take it: ${error.message}`;
        for (const entry of inWave) settle(entry, { kind: "failure", text, tail: [] });
        return;
      }
      largest = Math.max(1, Math.floor(asked.tasks / 2));
      note(
        `${executor.place} takes no ${tasksText(asked.tasks)} now (${error.message}); trying ` +
          `${largest} again later`,
      );
      const notBefore = performance.now() + times.refused;
      for (const entry of inWave) entry.notBefore = notBefore;
      return;
    }
    const names = namesOf(tickets);
    waves.change(wave, { tickets: names });
    const count = wave.tasks.tasks.flat().length;
    note(
      `${cellsText(count)} handed to ${executor.place} in ${tasksText(asked.tasks)}: ` +
        (names.length === 1 ? names[0] : `${names[0]} … ${names[names.length - 1]}`),
    );
    for (const { held, work } of inWave) {
      const ticket = names[held!.task], { place } = executor;
      onEvent({ kind: "queued", cell: work.cell.id, place, ticket, why: "", restarts: 0 });
    }
  }

  /** Asks once for all; whether anything is new. */
  async function takeBack(): Promise<boolean> {
    const held = [...entries.values()].filter((entry): entry is Held => entry.held !== undefined);
    const tickets = new Map<string, Ticket>();
    for (const { held: { wave, task } } of held) {
      const ticket = ticketOf(wave, task);
      if (ticket !== undefined) tickets.set(ticket.id, ticket);
    }
    const states = tickets.size === 0
      ? new Map<string, TicketState>()
      : await executor.poll([...tickets.values()]);
    let news = false;
    const changed = new Map<KeptWave, Key[]>();
    for (const entry of held) {
      const { wave, task } = entry.held, id = ticketOf(wave, task)?.id;
      const state = id === undefined ? UNKNOWN : states.get(id) ?? UNKNOWN;
      // A wave that another command looks after may not have its tickets yet.
      if (id === undefined && wave.lease !== undefined) continue;
      const done = await decide(entry, state);
      if (!done) continue;
      news = true;
      if (!changed.has(wave)) changed.set(wave, []);
      changed.get(wave)!.push(entry.work.key);
    }
    for (const [wave, keys] of changed) {
      if (wave.lease === undefined) continue;
      waves.change(wave, { taken: [...wave.record.taken, ...keys] });
      if (inHands(wave).length === 0) await waves.close(wave, failedIn.has(wave));
    }
    return news;
  }

  /** Waves with cells that failed: what their tasks printed is kept. */
  const failedIn = new WeakSet<KeptWave>();

  type Held = Entry & { readonly held: NonNullable<Entry["held"]> };

  /** Decides about one cell; whether it is in its wave's hands no longer. */
  async function decide(entry: Held, state: TicketState): Promise<boolean> {
    const { work, held: { wave, task } } = entry, { key } = work;
    tell(entry, state);
    if (state.kind === "queued") return false;
    const alone = wave.tasks.tasks[task].length === 1;
    // Where nothing is shared, what a task does is seen when it has ended.
    if (state.kind === "running" && bring !== undefined) return false;
    const attempt = await attemptOf(key, wave.tasks.wave);
    const over = state.kind !== "running" || attempt !== undefined || !alone;
    const manifest = over ? await resultOf(entry) : undefined;
    if (manifest !== undefined) {
      settle(entry, { kind: "finished", manifest });
      return true;
    }
    const folder = waveFolder(store, wave.tasks.wave);
    const verdict: Verdict = verdictOn({
      ...{ state, attempt, lost: entry.lost, gone: isGone(entry, state), place: executor.place },
      checkpoint: hasNewCheckpoint(key, wave),
      minutes: wave.record.wave.resources.minutes,
      stage: work.cell.stage,
      tail: state.kind === "running" ? [] : tailOf(join(folder, `${task}.out`)),
    });
    switch (verdict.kind) {
      case "wait":
        return false;
      case "outcome":
        if (verdict.outcome.kind === "failure") failedIn.add(wave);
        settle(entry, verdict.outcome);
        return true;
      case "again": {
        // Who looks after the wave hands the cell over again, and then it is found there.
        if (wave.lease === undefined) return false;
        const text = `handed over again: ${verdict.why}`;
        onEvent({ kind: "log", cell: work.cell.id, text });
        note(`${work.cell.id}: ${text}`);
        if (verdict.lost) entry.lost.push(verdict.why);
        Object.assign(entry, { held: undefined, silence: undefined, told: undefined, restarts: 0 });
        return true;
      }
    }
  }

  async function attemptOf(key: Key, wave: string): Promise<Attempt | undefined> {
    const attempt = bring === undefined
      ? readJson<Attempt>(attemptPath(store, key))
      : await bring.attempt(key);
    return attempt?.wave === wave ? attempt : undefined;
  }

  async function resultOf({ assessment: { cell }, work: { key } }: Entry) {
    const manifest = store.manifest(key);
    const usable = manifest !== undefined &&
      outputsOf(cell).every((name) =>
        manifest.outputs[name] !== undefined && store.inspect(manifest.outputs[name]) === undefined
      );
    return usable ? manifest : await bring?.result(cell, key);
  }

  /** Whether nothing has been known of its task for long enough. */
  function isGone(entry: Entry, state: TicketState): boolean {
    if (state.kind !== "unknown") {
      entry.silence = undefined;
      return false;
    }
    entry.silence ??= { since: performance.now(), looks: 0 };
    entry.silence.looks++;
    return entry.silence.looks > LOOKS && performance.now() - entry.silence.since >= times.patience;
  }

  /** Whether the cell's work folder has a file that is newer than the start of its attempt. */
  function hasNewCheckpoint(key: Key, wave: KeptWave): boolean {
    const progress = readJson<Progress>(progressPath(store, key));
    const start = progress?.wave === wave.tasks.wave ? progress.started : wave.record.made;
    return filesBelow(join(store.work(key), "state")).some((path) =>
      (statIfPresent(path)?.mtime?.getTime() ?? 0) > Date.parse(start)
    );
  }

  /** Tells what is new of a cell. */
  function tell(entry: Held, state: TicketState): void {
    const { work: { key, cell: { id: cell } }, held: { wave, task }, assessment } = entry;
    if (state.kind !== "queued" && state.kind !== "running") return;
    if (state.restarts > entry.restarts) {
      entry.restarts = state.restarts;
      entry.started = false;
      onEvent({
        kind: "log",
        cell,
        text: `put back into the queue by ${executor.place}; it goes on from its checkpoint`,
      });
    }
    if (state.kind === "queued") {
      const text = `${state.why} ${state.restarts}`;
      if (entry.told === text) return;
      entry.told = text;
      const ticket = ticketOf(wave, task)!.id, { why, restarts } = state;
      onEvent({ kind: "queued", cell, place: executor.place, ticket, why, restarts });
      return;
    }
    const progress = bring ? undefined : readJson<Progress>(progressPath(store, key));
    const mine = progress?.wave === wave.tasks.wave ? progress : undefined;
    // Of a task with many cells the one that runs has begun to say how far it is.
    if (!entry.started && (mine !== undefined || wave.tasks.tasks[task].length === 1)) {
      entry.started = true;
      onEvent({ kind: "started", cell, reasons: assessment.reasons, node: state.node });
    }
    if (mine?.last === undefined || entry.told === JSON.stringify(mine.last)) return;
    entry.told = JSON.stringify(mine.last);
    onEvent({ ...mine.last, cell });
  }

  /** Cancels what this command looks after, in one call. */
  async function stop(): Promise<void> {
    const held = [...entries.values()].filter((entry): entry is Held => entry.held !== undefined);
    const own = held.filter(({ held: { wave } }) => wave.lease !== undefined);
    for (const { held: { wave } } of own) {
      if (wave.record.tickets !== undefined) continue;
      const found = await executor.find(wave.record.wave).catch(() => []);
      if (found.length > 0) waves.change(wave, { tickets: namesOf(found) });
    }
    const tickets = new Map(
      own.flatMap(({ held: { wave, task } }) => ticketOf(wave, task) ?? []).map((t) => [t.id, t]),
    );
    if (tickets.size > 0) {
      note(`Cancelling ${tasksText(tickets.size)} of ${executor.place}`);
      const { left, text } = await executor.cancel([...tickets.values()]).catch((error) => ({
        left: [...tickets.values()],
        text: `${error.message}; ${[...tickets.keys()].join(" ")}`,
      }));
      if (left.length > 0) note(`${tasksText(left.length)} could not be cancelled: ${text}`);
      for (const { id } of left) tickets.delete(id);
    }
    const ended = new Map<KeptWave, Key[]>();
    for (const entry of entries.values()) {
      const manifest = entry.held && await resultOf(entry).catch(() => undefined);
      const ticket = entry.held && ticketOf(entry.held.wave, entry.held.task);
      if (entry.held?.wave.lease && ticket && tickets.has(ticket.id)) {
        if (!ended.has(entry.held.wave)) ended.set(entry.held.wave, []);
        ended.get(entry.held.wave)!.push(entry.work.key);
      }
      settle(entry, manifest ? { kind: "finished", manifest } : { kind: "interrupted" });
    }
    for (const [wave, keys] of ended) {
      waves.change(wave, { taken: [...wave.record.taken, ...keys] });
      if (inHands(wave).length === 0) await waves.close(wave, false);
      else await waves.release(wave);
    }
  }

  /** Lets go of all cells that are handed over. */
  function detachHeld(): void {
    for (const entry of [...entries.values()]) {
      if (entry.held !== undefined) settle(entry, { kind: "handed over" });
    }
  }

  return {
    takes: (cell) => options.resources(cell) !== "here",
    places: options.cells ?? MOST_CELLS,
    async run(assessment, inputs) {
      const { cell, key } = assessment, resources = options.resources(cell);
      if (key === undefined || resources === "here") {
        throw new TypeError(`Cannot hand over "${cell.id}"`);
      }
      const beneath = await options.beneath(cell);
      const work = workOf(
        cell,
        key,
        { code: assessment.ingredients!.code, ...beneath === undefined ? {} : { beneath } },
        Object.fromEntries(inputs.map(({ cell, key }) => [cell.id, key!])),
      );
      const { promise, resolve, reject } = Promise.withResolvers<FleetOutcome>();
      entries.set(key, {
        ...{ assessment, work, resources, seconds: options.predicted(cell.id), resolve, reject },
        ...{ notBefore: 0, started: false, restarts: 0, lost: [] },
      });
      if (looking === undefined) start();
      else wake();
      return await promise;
    },
    async close() {
      await looking;
      for (const wave of waves.held()) await waves.release(wave);
    },
  };
}

const namesOf = (tickets: readonly Ticket[]) =>
  [...tickets].sort((a, b) => a.task - b.task).map(({ id }) => id);

const UNKNOWN: TicketState = { kind: "unknown" };

const cellsText = (count: number) => count === 1 ? "1 cell" : `${count} cells`;
const tasksText = (count: number) => count === 1 ? "1 task" : `${count} tasks`;

/** The last lines of a file, if it is there. */
function tailOf(path: string): string[] {
  try {
    return Deno.readTextFileSync(path).trimEnd().split("\n").slice(-TAIL_LINES);
  } catch {
    return [];
  }
}
