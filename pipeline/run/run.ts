import { assessAll, type Assessment, isFresh } from "../freshness/assess.ts";
import { advance, BUSY_MS, remember, type Run, type RunOptions } from "./advance.ts";
import type { RunEvent, Summary } from "./events.ts";
import { openPreparations } from "./preparations.ts";
import { openRunSchedule } from "./schedule.ts";
import { inOrder } from "../cells/select.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { storeError } from "../store/error.ts";
import { sweep } from "./sweep.ts";

export type { RunOptions } from "./advance.ts";

/** How a run ended, and what can be used now. */
export interface RunResult extends Summary {
  /** Assessments of the cells that are fresh at the end. */
  readonly fresh: ReadonlyMap<string, Assessment>;
}

/**
 * Brings cells up to date: runs those that are stale, inputs first, and reuses all others.
 *
 * A failed cell stops only what depends on it.
 *
 * @param cells In any order, with all their inputs among them
 * @throws {Error} If a preparation fails, or the store cannot be read or written
 */
export async function run(
  cells: readonly CellDeclaration[],
  options: RunOptions,
): Promise<RunResult> {
  try {
    return await bringUpToDate(cells, options);
  } catch (error) {
    throw storeError(error, options.store.folder);
  }
}

async function bringUpToDate(
  declared: readonly CellDeclaration[],
  options: RunOptions,
): Promise<RunResult> {
  const begin = performance.now();
  const { jobs, store, remote } = options, halt = new AbortController();
  const signal = AbortSignal.any([options.signal, halt.signal]);
  const cells = inOrder(declared), assessed = await assessAll(cells, options);
  options.check?.([...assessed.values()]);
  const byId = new Map(cells.map((cell) => [cell.id, cell]));
  let broken: { error: unknown } | undefined;

  /** Tells an event; if nobody can listen any more, all cells stop as if interrupted. */
  function emit(event: RunEvent): void {
    try {
      options.onEvent(event);
    } catch (error) {
      broken ??= { error };
      halt.abort();
    }
  }

  function throwIfBroken(): void {
    if (broken !== undefined) throw broken.error;
  }

  const assessments = [...assessed.values()];
  const predicted = assessments.every(isFresh)
    ? undefined
    : await options.predict?.(assessments) ?? new Map<string, number>();
  const fleet = predicted && await options.openFleet?.({
    ...{ onEvent: emit, signal },
    predicted: (id) => predicted.get(id),
    stale: cells.filter(({ id }) => !isFresh(assessed.get(id)!)),
  });
  const isElsewhere = (id: string) => fleet?.takes(byId.get(id)!) === true;
  emit({
    kind: "plan",
    jobs: Math.max(jobs, fleet?.places ?? 0),
    cells: cells.map(({ id }) => {
      const { reasons, manifest, latest } = assessed.get(id)!;
      const seconds = !options.predict || predicted === undefined || manifest !== undefined
        ? (manifest ?? latest)?.provenance.seconds
        : predicted.get(id);
      return { cell: id, reasons, seconds };
    }),
  });
  const schedule = openRunSchedule(cells, (id) => isFresh(assessed.get(id)!), isElsewhere);
  for (const id of schedule.inState("fresh")) remember(assessed.get(id)!, options);

  const prepare = openPreparations(options, () => {
    const fresh = new Set(schedule.inState("fresh"));
    return cells.filter(({ id }) => !fresh.has(id));
  });
  const run: Run = { options, schedule, fleet, assessed, prepare, emit, signal };
  const here = new Set<string>(), elsewhere = new Set<string>(), ran = new Set<string>();
  let changed = Promise.withResolvers<void>();
  while (true) {
    for (const { cell, because } of schedule.skip()) emit({ kind: "skipped", cell, because });
    const stopped = signal.aborted || broken !== undefined;
    const start = (running: Set<string>, places: number, elsewhere: boolean) => {
      for (const id of schedule.start(places - running.size, Date.now(), elsewhere)) {
        running.add(id);
        void advance(run, byId.get(id)!)
          .then((outcome) => {
            if (outcome === "finished") ran.add(id);
          })
          .catch((error) => {
            broken ??= { error };
          })
          .finally(() => {
            running.delete(id);
            changed.resolve();
          });
      }
    };
    if (!stopped) {
      start(here, jobs, false);
      if (fleet !== undefined) start(elsewhere, fleet.places, true);
    }
    // What waits for a cell that was left with an executor does not come in this run.
    if (here.size + elsewhere.size === 0 && (stopped || !schedule.hasBusy())) break;
    await within(changed.promise, schedule.hasBusy() ? BUSY_MS : undefined);
    changed = Promise.withResolvers();
  }
  await fleet?.close();
  if (remote !== undefined && broken === undefined && !signal.aborted) {
    await remote.pushAll(
      schedule.inState("fresh").map((id) => assessed.get(id)!.manifest!),
      signal,
    );
  }
  options.stats.save();
  options.code.save();
  await sweep(store);
  throwIfBroken();

  const fresh = schedule.inState("fresh");
  const summary: Summary = {
    ran: cells.map(({ id }) => id).filter((id) => ran.has(id)),
    cached: fresh.filter((id) => !ran.has(id)),
    failed: schedule.inState("failed"),
    skipped: schedule.inState("skipped"),
    interrupted: signal.aborted && fresh.length < cells.length,
    stopped: schedule.inState("interrupted"),
    ...fleet === undefined ? {} : { handedOver: schedule.inState("handed over") },
    seconds: (performance.now() - begin) / 1000,
  };
  emit({ kind: "end", summary });
  throwIfBroken();
  return { ...summary, fresh: new Map(fresh.map((id) => [id, assessed.get(id)!])) };
}

/** Waits for something, but not longer than a time in milliseconds. */
async function within(task: Promise<void>, milliseconds?: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const pause = milliseconds === undefined ? [] : [
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    }),
  ];
  await Promise.race([task, ...pause]);
  clearTimeout(timer);
}
