/**
 * Cells on an executor: those that are ready together are handed over in waves, all are looked after
 * by one question, and what comes back is told from what they left, never from silence.
 *
 * @module
 */
import { messageOf } from "../../lib/std/message_of.ts";
import { RemoteSilent } from "../remote/remote.ts";
import type { Fleet, FleetOutcome } from "../run/fleet.ts";
import { removeIfPresent } from "../store/files.ts";
import type { Key } from "../store/key.ts";
import { cancelAll } from "./cancel_all.ts";
import { workOf } from "./declared.ts";
import { cellsText, type Entry, type FleetState, heldEntries } from "./entry.ts";
import { ExecutorSilent } from "./executor.ts";
import { FLEET_TIMES, type FleetOptions } from "./fleet_options.ts";
import { openHandOver } from "./hand_over.ts";
import { openTakeBack } from "./take_back.ts";
import { openWaves } from "./waves.ts";
import { attemptPath, progressPath } from "./work.ts";

export type { FleetOptions } from "./fleet_options.ts";

/** Cells that are handed over at a time where nothing else is said. */
const MOST_CELLS = 100_000;

/** Cells that go on coming are waited for so many times as long as one. */
const MOST_GATHERS = 10;

/** Opens a fleet; it does nothing before a cell is run. */
export function openFleet(options: FleetOptions): Fleet {
  const { executor, store, onEvent, signal, times = FLEET_TIMES } = options;
  const waves = openWaves(store, executor.kind, options.lease);
  const entries = new Map<Key, Entry>();
  let looking: Promise<void> | undefined, wake = () => {};
  /** Who does not answer. */
  let silent: string | undefined;
  const note = (text: string) => onEvent({ kind: "note", text });

  function settle(entry: Entry, outcome: FleetOutcome): void {
    entries.delete(entry.work.key);
    if (!["failure", "handed over", "interrupted"].includes(outcome.kind)) {
      // What an attempt told is told by now; a failure, to others who wait for it, maybe not.
      for (const path of [attemptPath, progressPath]) removeIfPresent(path(store, entry.work.key));
    }
    entry.resolve(outcome);
  }

  const fleet: FleetState = { options, waves, entries, settle, note };
  const handOver = openHandOver(fleet), takeBack = openTakeBack(fleet);

  function start(): void {
    looking = look().catch((error) => {
      const count = heldEntries(fleet).length;
      if (count > 0) {
        note(
          `${cellsText(count)} that ${executor.place} has may go on; the same command finds ` +
            `${count === 1 ? "it" : "them"} again`,
        );
      }
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

  /** Who did not answer; `undefined` for any other error. */
  const silenceOf = (error: unknown) =>
    error instanceof ExecutorSilent
      ? executor.place
      : error instanceof RemoteSilent
      ? "the remote store"
      : undefined;

  /** Looks after all entries until there are none. */
  async function look(): Promise<void> {
    let between = times.look[0];
    await sleep(times.gather);
    while (entries.size > 0) {
      if (signal.aborted) return await cancelAll(fleet);
      try {
        const before = entries.size;
        await handOver();
        const news = await takeBack();
        if (silent !== undefined) note(`${silent} answers again`);
        silent = undefined;
        between = news || entries.size !== before
          ? times.look[0]
          : Math.min(times.look[1], 1.5 * between);
        if (options.detach) detachHeld();
      } catch (error) {
        if (signal.aborted) return await cancelAll(fleet);
        const who = silenceOf(error);
        if (who === undefined) throw error;
        if (silent !== who) {
          note(`${who} does not answer (${messageOf(error)}); waiting, what runs goes on`);
        }
        silent = who;
        between = Math.min(times.look[1], 1.5 * between);
      }
      if (entries.size > 0 && !signal.aborted) await sleep(between * (0.8 + 0.4 * Math.random()));
    }
  }

  /** Waits; sooner over if cells come, which are waited for a moment, or if all is to stop. */
  async function sleep(milliseconds: number): Promise<void> {
    let woken = await pause(milliseconds);
    const end = performance.now() + MOST_GATHERS * times.gather;
    while (woken && performance.now() < end) woken = await pause(times.gather);
  }

  /** Waits until the time is over, cells come or all is to stop; whether cells came. */
  async function pause(milliseconds: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const over = () => resolve();
    const timer = setTimeout(over, milliseconds);
    let woken = false;
    wake = () => {
      woken = true;
      over();
    };
    signal.addEventListener("abort", over, { once: true });
    if (signal.aborted) over();
    await promise;
    signal.removeEventListener("abort", over);
    clearTimeout(timer);
    wake = () => {};
    return woken && !signal.aborted;
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
      const same = entries.get(key);
      if (same !== undefined) {
        const outcome = await same.outcome;
        return outcome.kind === "finished" ? { kind: "cached" } : outcome;
      }
      const { promise: outcome, resolve, reject } = Promise.withResolvers<FleetOutcome>();
      entries.set(key, {
        ...{
          assessment,
          inputs,
          work,
          resources,
          seconds: options.predicted(cell.id),
          outcome,
          resolve,
          reject,
        },
        ...{ notBefore: 0, started: false, restarts: 0, lost: [] },
      });
      if (looking === undefined) start();
      else wake();
      return await outcome;
    },
    async close() {
      await looking;
      for (const wave of waves.held()) await waves.release(wave);
    },
  };
}
