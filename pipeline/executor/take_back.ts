/** What is handed over is looked after, and taken back when it is over. @module */
import { join } from "node:path";
import type { Key } from "../store/key.ts";
import type { Ticket, TicketState } from "./executor.ts";
import { type FleetState, heldEntries, type HeldEntry } from "./entry.ts";
import { FLEET_TIMES } from "./fleet_options.ts";
import { attemptOf, hasNewCheckpoint, progressOf, resultOf, tailOf } from "./results.ts";
import { verdictOn } from "./verdict.ts";
import { inHands, type KeptWave, ticketOf } from "./kept_wave.ts";
import { waveFolder } from "./work.ts";

/** A cell that is in no wave's hands. */
const LET_GO = { held: undefined, silence: undefined, told: undefined, restarts: 0 };

const UNKNOWN: TicketState = { kind: "unknown" };

/** Reasons for waiting that do not go away by themselves; a limit of how many run does. */
const NEEDS_SOMEBODY =
  /held|down|drain|not.?avail|invalid|never|badconstraints|(minutes|partitionnode|perjob|time)limit/i;

/** Looks that find nothing of a task before it may be gone. */
const LOOKS = 2;

/** Opens the way back: what it returns asks once for all, and says whether anything is new. */
export function openTakeBack(fleet: FleetState): () => Promise<boolean> {
  const { options, waves, settle, note } = fleet;
  const { executor, store, bring, onEvent, times = FLEET_TIMES } = options;
  /** Waves with cells that failed: what their tasks printed is kept. */
  const failedIn = new WeakSet<KeptWave>();
  /** Reasons for waiting that were told. */
  const toldWhys = new Set<string>();

  /** Asks once for all; whether anything is new. */
  async function takeBack(): Promise<boolean> {
    const held = heldEntries(fleet);
    const tickets = new Map<string, Ticket>();
    for (const { held: { wave, task } } of held) {
      const ticket = ticketOf(wave, task);
      if (ticket !== undefined) tickets.set(ticket.id, ticket);
    }
    const states = tickets.size === 0
      ? new Map<string, TicketState>()
      : await executor.poll([...tickets.values()]);
    const changed = new Map<KeptWave, Key[]>();
    try {
      for (const entry of held) {
        const { wave, task } = entry.held, id = ticketOf(wave, task)?.id;
        const state = id === undefined ? UNKNOWN : states.get(id) ?? UNKNOWN;
        // A wave that another command looks after may not have its tickets yet.
        if (id === undefined && wave.lease !== undefined) continue;
        const done = await decide(entry, state);
        if (!done) continue;
        if (!changed.has(wave)) changed.set(wave, []);
        changed.get(wave)!.push(entry.work.key);
      }
    } finally {
      // Also of those that were taken back before one could not be.
      await letGo(changed);
    }
    return await follow() || changed.size > 0;
  }

  /** Writes down which cells waves have no longer. */
  async function letGo(changed: ReadonlyMap<KeptWave, readonly Key[]>): Promise<void> {
    for (const [wave, keys] of changed) {
      if (wave.lease === undefined) continue;
      waves.change(wave, { taken: [...wave.record.taken, ...keys] });
      if (inHands(wave).length === 0) await waves.close(wave, failedIn.has(wave));
    }
  }

  /** Lets go of cells that the waves of other commands have no longer; whether there are any. */
  async function follow(): Promise<boolean> {
    const theirs = heldEntries(fleet).filter(({ held: { wave } }) => wave.lease === undefined);
    let any = false;
    for (const [wave, entries] of Map.groupBy(theirs, ({ held: { wave } }) => wave)) {
      const left = new Set(waves.follow(wave).map(({ work: { key } }) => key));
      for (const entry of entries) {
        if (left.has(entry.work.key)) continue;
        any = true;
        const { outcome } = await attemptOf(options, entry.work.key, wave.tasks.wave) ?? {};
        if (outcome?.kind === "failure") settle(entry, outcome);
        else Object.assign(entry, LET_GO);
      }
    }
    return any;
  }

  /** Decides about one cell; whether it is in its wave's hands no longer. */
  async function decide(entry: HeldEntry, state: TicketState): Promise<boolean> {
    const { work, held: { wave, task } } = entry, { key } = work;
    tell(entry, state);
    if (state.kind !== "unknown") entry.silence = undefined;
    if (state.kind === "queued") return false;
    const alone = wave.tasks.tasks[task].length === 1;
    // Where nothing is shared, what a task does is seen when it has ended.
    if (state.kind === "running" && bring !== undefined) return false;
    const attempt = await attemptOf(options, key, wave.tasks.wave);
    const over = state.kind !== "running" || attempt !== undefined || !alone;
    const manifest = over ? await resultOf(options, entry) : undefined;
    if (manifest !== undefined) {
      settle(entry, { kind: "finished", manifest });
      return true;
    }
    // Most run: what else there is to know of one is read when it has said something, or ended.
    if (state.kind === "running" && attempt === undefined) return false;
    const folder = waveFolder(store, wave.tasks.wave);
    const verdict = verdictOn({
      ...{ state, attempt, lost: entry.lost, gone: isGone(entry, state), place: executor.place },
      began: attempt?.outcome.kind === "interrupted" || isNext(entry) ||
        progressOf(options, key, wave.tasks.wave) !== undefined,
      checkpoint: hasNewCheckpoint(options, key, wave),
      // Of its own waves another command has cancelled the tasks, as far as can be told.
      cancelled: wave.record.cancelled === true || wave.lease === undefined,
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
        onEvent({ kind: "log", cell: work.cell.id, text: `handed over again: ${verdict.why}` });
        if (verdict.lost) entry.lost.push(verdict.why);
        Object.assign(entry, LET_GO);
        return true;
      }
    }
  }

  /** Whether its turn has come: the cells before it in its task are finished. */
  function isNext({ work: { key }, held: { wave, task } }: HeldEntry): boolean {
    const keys = wave.tasks.tasks[task].map(({ key }) => key);
    return keys.slice(0, keys.indexOf(key)).every((key) => store.manifest(key) !== undefined);
  }

  /** Whether nothing has been known of its task for long enough. */
  function isGone(entry: HeldEntry, state: TicketState): boolean {
    if (state.kind !== "unknown") return false;
    entry.silence ??= { since: performance.now(), looks: 0 };
    entry.silence.looks++;
    return entry.silence.looks > LOOKS && performance.now() - entry.silence.since >= times.patience;
  }

  /** Tells what is new of a cell. */
  function tell(entry: HeldEntry, state: TicketState): void {
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
      if (NEEDS_SOMEBODY.test(why) && !toldWhys.has(why)) {
        toldWhys.add(why);
        note(`${executor.place} does not start ${ticket}: ${why}`);
      }
      onEvent({ kind: "queued", cell, place: executor.place, ticket, why, restarts });
      return;
    }
    const mine = progressOf(options, key, wave.tasks.wave);
    // Of a task with many cells the one that runs has begun to say how far it is.
    if (!entry.started && (mine !== undefined || wave.tasks.tasks[task].length === 1)) {
      entry.started = true;
      onEvent({ kind: "started", cell, reasons: assessment.reasons, node: state.node });
    }
    if (mine?.last === undefined || entry.told === JSON.stringify(mine.last)) return;
    entry.told = JSON.stringify(mine.last);
    onEvent({ ...mine.last, cell });
  }

  return takeBack;
}
