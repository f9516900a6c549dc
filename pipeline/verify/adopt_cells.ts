/** Adopts several cells, inputs first, some at a time. @module */
import { durationText } from "../units.ts";
import { assess, assessAll, type Assessment, isFresh } from "../freshness/assess.ts";
import { adoptionText } from "../store/adoption.ts";
import type { RunEvent } from "../run/events.ts";
import { inOrder, withInputs } from "../cells/select.ts";
import { limited } from "../remote/parallel.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { storeError } from "../store/error.ts";
import { adoptCell, type AdoptOptions, type AdoptOutcome } from "./adopt.ts";
import { differenceText } from "./first_difference.ts";

/** Options of {@linkcode adoptCells}. */
export interface AdoptAllOptions extends AdoptOptions {
  /** Trials that may run at a time. */
  readonly jobs: number;
}

/** Time until a cell that another process holds is looked at again, milliseconds. */
const BUSY_MS = 300;

/**
 * Adopts cells and what they need; one that differs stops only what depends on it.
 *
 * @returns What became of each, inputs first
 * @throws {Error} If a preparation fails, or the store cannot be read or written
 */
export async function adoptCells(
  ids: readonly string[],
  cells: readonly CellDeclaration[],
  options: AdoptAllOptions,
): Promise<Map<string, AdoptOutcome>> {
  const { store, profile, onEvent, code, stats } = options, halt = new AbortController();
  const signal = AbortSignal.any([options.signal, halt.signal]);
  const ordered = inOrder(withInputs(cells, ids));
  const assessed = await assessAll(ordered, options), slot = limited(options.jobs);
  onEvent(planOf(ordered, assessed, options.jobs));

  async function attempt(cell: CellDeclaration): Promise<AdoptOutcome> {
    let told = false;
    while (true) {
      if (signal.aborted) return { kind: "interrupted" };
      // Time has gone by since the start, and files may have been edited.
      code.refresh();
      const assessment = await assess(cell, assessed, options);
      assessed.set(cell.id, assessment);
      const inputs = cell.inputs.map((id) => assessed.get(id)!);
      const outcome = await adoptCell(assessment, inputs, { ...options, signal });
      if (outcome.kind !== "busy") return outcome;
      const { host, pid } = outcome.owner;
      if (!told) onEvent({ kind: "busy", cell: cell.id, host, pid });
      told = true;
      await new Promise((go) => setTimeout(go, BUSY_MS));
    }
  }

  async function adopt(cell: CellDeclaration): Promise<AdoptOutcome> {
    const before = assessed.get(cell.id)!, outcome = await attempt(cell);
    const after = await assess(cell, assessed, options);
    assessed.set(cell.id, after);
    if (isFresh(after)) {
      if (after.latest?.key !== after.key) store.setLatest(profile, cell.id, after.key);
      await options.remote?.push(after.manifest, signal);
    }
    if (!isFresh(before)) onEvent(eventOf(cell.id, outcome));
    return outcome;
  }

  const tasks = new Map<string, Promise<AdoptOutcome>>();
  for (const cell of ordered) {
    const inputs = cell.inputs.map((id) => tasks.get(id)!);
    const task = Promise.allSettled(inputs).then(() => slot(() => adopt(cell)));
    // What cannot be mended by waiting ends the others as if they were interrupted.
    task.catch(() => halt.abort());
    tasks.set(cell.id, task);
  }
  const settled = await Promise.allSettled(tasks.values());
  stats.save();
  code.save();
  const broken = settled.find(({ status }) => status === "rejected");
  if (broken?.status === "rejected") throw storeError(broken.reason, store.folder);
  const outcomes = new Map<string, AdoptOutcome>();
  for (const [id, task] of tasks) outcomes.set(id, await task);
  return outcomes;
}

function planOf(
  cells: readonly CellDeclaration[],
  assessed: ReadonlyMap<string, Assessment>,
  jobs: number,
): RunEvent {
  return {
    kind: "plan",
    jobs,
    cells: cells.map(({ id }) => ({ cell: id, reasons: assessed.get(id)!.reasons })),
  };
}

/** What became of a cell, as something to show. */
function eventOf(cell: string, outcome: AdoptOutcome): RunEvent {
  switch (outcome.kind) {
    case "adopted": {
      const { adoption } = outcome, { seconds } = adoption.trial;
      const text = `adopted, tried on ${adoptionText(adoption)} in ${durationText(seconds)}`;
      return { kind: "tried", cell, result: "adopted", text, adoption };
    }
    case "computed": {
      const time = durationText(outcome.manifest.provenance.seconds);
      return {
        kind: "tried",
        ...{ cell, result: "computed", text: `computed again in ${time}, every byte as before` },
      };
    }
    case "fresh":
      return { kind: "tried", cell, result: "fresh", text: "fresh, its inputs are as they were" };
    case "refused":
      return { kind: "tried", cell, result: "refused", text: `not adopted: ${outcome.text}` };
    case "different": {
      const { what, verdict } = outcome;
      const text = `not adopted: tried on ${what}, ${differenceText(verdict)}`;
      return { kind: "tried", cell, result: "different", text };
    }
    case "failed":
      return { kind: "failed", cell, text: outcome.text, tail: outcome.tail };
    case "interrupted":
    case "busy":
      return { kind: "interrupted", cell };
  }
}
