/** One cell's way through a run: it is tried, and what became of it decides what comes next. @module */
import { assess, type Assessment, isFresh } from "../freshness/assess.ts";
import type { RunEvent } from "./events.ts";
import type { Fleet, FleetOutcome, FleetRun } from "./fleet.ts";
import type { PreparationOptions } from "./preparations.ts";
import { type CellOptions, type Preparation, runCell } from "./run_cell.ts";
import type { RunSchedule } from "./schedule.ts";
import type { CellDeclaration } from "../cells/stage.ts";

/** Options of a run. */
export interface RunOptions extends Omit<CellOptions, "prepare">, PreparationOptions {
  /** How many cells may run at a time. */
  readonly jobs: number;
  /** Looks at all cells before anything runs or is written; what it throws ends the run. */
  readonly check?: (assessments: readonly Assessment[]) => void;
  /** How long stale cells will take, seconds, as far as it can be told; asked where some are. */
  readonly predict?: (
    assessments: readonly Assessment[],
  ) => Promise<ReadonlyMap<string, number>>;
  /** Runs cells elsewhere; asked for once it is known that some are stale. */
  readonly openFleet?: (fleet: FleetRun) => Promise<Fleet>;
}

/** Time until a cell that another pipeline holds is looked at again, milliseconds. */
export const BUSY_MS = 300;

/** What the parts of a run share. */
export interface Run {
  readonly options: RunOptions;
  readonly schedule: RunSchedule;
  readonly fleet?: Fleet;
  /** How each cell was found, or left, the last time. */
  readonly assessed: Map<string, Assessment>;
  /** Makes ready what a cell needs besides its inputs. */
  readonly prepare: (cell: CellDeclaration) => Promise<Preparation>;
  readonly emit: (event: RunEvent) => void;
  /** Aborted when cells are to stop. */
  readonly signal: AbortSignal;
}

/** Makes the manifest the one that later changes are told against. */
export function remember(
  { cell, key, latest }: Assessment,
  { profile, store }: RunOptions,
): void {
  if (latest?.key !== key) store.setLatest(profile, cell.id, key!);
}

/** Tries one cell and enters what became of it. */
export async function advance(run: Run, cell: CellDeclaration): Promise<FleetOutcome["kind"]> {
  const { options, schedule, assessed, emit, signal } = run, { id } = cell;
  const known = schedule.isBusy(id), outcome = await attempt(run, cell);
  switch (outcome.kind) {
    case "finished":
      assessed.set(id, { ...assessed.get(id)!, manifest: outcome.manifest, reasons: [] });
      remember(assessed.get(id)!, options);
      schedule.enter(id, "fresh");
      // What an interruption cuts off here is given by the next run.
      await options.remote?.push(outcome.manifest, signal);
      emit({
        kind: "finished",
        cell: id,
        seconds: outcome.manifest.provenance.seconds,
        metrics: outcome.manifest.metrics,
      });
      break;
    case "cached":
      assessed.set(id, await assess(cell, assessed, options));
      if (isFresh(assessed.get(id)!)) {
        remember(assessed.get(id)!, options);
        schedule.enter(id, "fresh");
        emit({ kind: "cached", cell: id });
      } else schedule.enter(id, "waiting");
      break;
    case "busy":
      if (!known) {
        emit({ kind: "busy", cell: id, host: outcome.owner.host, pid: outcome.owner.pid });
      }
      schedule.enter(id, "waiting", Date.now() + BUSY_MS);
      break;
    case "edited":
      emit({ kind: "edited", cell: id });
      schedule.enter(id, "waiting");
      break;
    case "postponed":
      schedule.enter(id, "waiting");
      break;
    case "failure":
      schedule.enter(id, "failed");
      emit({ kind: "failed", cell: id, text: outcome.text, tail: outcome.tail });
      break;
    case "interrupted":
    case "handed over":
      schedule.enter(id, outcome.kind);
      emit({ kind: outcome.kind, cell: id });
      break;
  }
  return outcome.kind;
}

/** Runs one cell, unless it has become fresh meanwhile. */
async function attempt(run: Run, cell: CellDeclaration): Promise<FleetOutcome> {
  const { options, schedule, assessed, emit: onEvent, signal, fleet } = run;
  // Hours may have gone by since the start, and files been edited.
  options.code.refresh();
  // Who waits does not ask the remote again and again.
  const remote = schedule.isBusy(cell.id) ? undefined : options.remote;
  const assessment = await assess(cell, assessed, { ...options, remote });
  assessed.set(cell.id, assessment);
  if (isFresh(assessment)) return { kind: "cached" };
  const inputs = cell.inputs.map((id) => assessed.get(id)!);
  if (fleet?.takes(cell)) {
    const outcome = await fleet.run(assessment, inputs);
    // It ended because an input is not what it was: which one is seen here, too.
    if (outcome.kind === "postponed") await inputsSound(run, cell);
    return outcome;
  }
  return await runCell(assessment, inputs, {
    ...{ ...options, signal, onEvent },
    prepare: async () => await inputsSound(run, cell) ? await run.prepare(cell) : undefined,
  });
}

/** Hashes a cell's inputs; false if one had to be given up. */
async function inputsSound(run: Run, cell: CellDeclaration): Promise<boolean> {
  let sound = true;
  for (const id of cell.inputs) {
    const { manifest } = run.assessed.get(id)!;
    for (const [output, file] of Object.entries(manifest!.outputs)) {
      const defect = await run.options.store.verify(file);
      if (defect === undefined) continue;
      run.emit({ kind: "damaged", cell: id, output });
      sound = false;
      run.schedule.reopen(id);
      break;
    }
  }
  return sound;
}
