import { assess, assessAll, type Assessment, isFresh } from "../freshness/assess.ts";
import type { Digest } from "../store/digest.ts";
import type { RunEvent, Summary } from "./events.ts";
import { type CellOptions, type CellOutcome, type Preparation, runCell } from "./run_cell.ts";
import { inOrder } from "../cells/select.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { storeError } from "../store/error.ts";
import { sweep } from "./sweep.ts";

/** Options of {@linkcode run}. */
export interface RunOptions extends Omit<CellOptions, "prepare"> {
  /** How many cells may run at a time. */
  readonly jobs: number;
  /**
   * Called before the first cell runs, and again before a cell runs whose code was edited since:
   * fetches packages and names versions.
   */
  readonly prepare: (stale: readonly CellDeclaration[]) => Promise<Preparation["provenance"]>;
  /** Called once before the first cell runs that needs an engine. */
  readonly prepareEngine: () => Promise<Preparation["engine"]>;
  /** Looks at all cells before anything runs or is written; what it throws ends the run. */
  readonly check?: (assessments: readonly Assessment[]) => void;
}

/** How a run ended, and what can be used now. */
export interface RunResult extends Summary {
  /** Assessments of the cells that are fresh at the end. */
  readonly fresh: ReadonlyMap<string, Assessment>;
}

type State = "waiting" | "running" | "fresh" | "failed" | "skipped" | "interrupted";

/** Time until a cell that another pipeline holds is looked at again, milliseconds. */
const BUSY_MS = 300;

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
  cells: readonly CellDeclaration[],
  options: RunOptions,
): Promise<RunResult> {
  const begin = performance.now();
  const { profile, store, jobs } = options, halt = new AbortController();
  const signal = AbortSignal.any([options.signal, halt.signal]);
  const ordered = inOrder(cells);
  const assessed = await assessAll(ordered, options);
  options.check?.([...assessed.values()]);
  const states = new Map<string, State>();
  const ran = new Set<string>(), told = new Set<string>();
  const busyUntil = new Map<string, number>();
  const running = new Map<string, Promise<void>>();
  /** By the digest of the code that was prepared. */
  const preparations = new Map<Digest, ReturnType<RunOptions["prepare"]>>();
  let engine: ReturnType<RunOptions["prepareEngine"]> | undefined;
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

  emit({
    kind: "plan",
    jobs,
    cells: ordered.map(({ id }) => {
      const { reasons, manifest, previous } = assessed.get(id)!;
      return { cell: id, reasons, seconds: (manifest ?? previous)?.provenance.seconds };
    }),
  });
  for (const { id } of ordered) {
    const assessment = assessed.get(id)!;
    states.set(id, isFresh(assessment) ? "fresh" : "waiting");
    if (isFresh(assessment)) remember(assessment);
  }

  /** Makes the manifest the one that later changes are told against. */
  function remember({ cell, key, previous }: Assessment): void {
    if (previous?.key !== key) store.point(profile, cell.id, key!);
  }

  /** A fresh cell lost an output: it and all that follow from it are looked at again. */
  function reopen(id: string): void {
    states.set(id, "waiting");
    for (const cell of ordered) {
      if (cell.inputs.includes(id) && states.get(cell.id) === "fresh") reopen(cell.id);
    }
  }

  /** Hashes a cell's inputs; false if one had to be given up. */
  async function inputsSound(cell: CellDeclaration): Promise<boolean> {
    let sound = true;
    for (const id of cell.inputs) {
      const { manifest } = assessed.get(id)!;
      for (const [output, file] of Object.entries(manifest!.outputs)) {
        const defect = await store.verify(file);
        if (defect === undefined) continue;
        emit({ kind: "damaged", cell: id, output });
        sound = false;
        reopen(id);
        break;
      }
    }
    return sound;
  }

  /** Fetches what a cell's code needs as it is now, together with that of the others. */
  async function prepare(cell: CellDeclaration): Promise<Preparation> {
    const stale = ordered.filter(({ id }) => states.get(id) !== "fresh");
    const digests = await Promise.all(stale.map((cell) => options.code.digest(cell)));
    const own = digests[stale.indexOf(cell)];
    if (!preparations.has(own)) {
      const preparation = options.prepare(stale);
      for (const digest of digests) preparations.set(digest, preparation);
    }
    const provenance = await preparations.get(own)!;
    if (!cell.stage.engine) return { provenance, engine: { kind: "none" } };
    return { provenance, engine: await (engine ??= options.prepareEngine()) };
  }

  async function attempt(cell: CellDeclaration): Promise<CellOutcome> {
    // Hours may have gone by since the start, and files been edited.
    options.code.refresh();
    // Who waits does not ask the remote again and again.
    const remote = busyUntil.has(cell.id) ? undefined : options.remote;
    const assessment = await assess(cell, assessed, { ...options, remote });
    assessed.set(cell.id, assessment);
    if (isFresh(assessment)) return { kind: "cached" };
    return await runCell(assessment, cell.inputs.map((id) => assessed.get(id)!), {
      ...{ ...options, signal, onEvent: emit },
      prepare: async () => await inputsSound(cell) ? await prepare(cell) : undefined,
    });
  }

  async function advance(cell: CellDeclaration): Promise<void> {
    const { id } = cell;
    const outcome = await attempt(cell);
    switch (outcome.kind) {
      case "finished":
        ran.add(id);
        assessed.set(id, { ...assessed.get(id)!, manifest: outcome.manifest, reasons: [] });
        remember(assessed.get(id)!);
        states.set(id, "fresh");
        busyUntil.delete(id);
        await options.remote?.push(outcome.manifest);
        emit({
          kind: "finished",
          cell: id,
          seconds: outcome.manifest.provenance.seconds,
          metrics: outcome.manifest.metrics,
        });
        break;
      case "cached":
        busyUntil.delete(id);
        assessed.set(id, await assess(cell, assessed, options));
        if (isFresh(assessed.get(id)!)) {
          remember(assessed.get(id)!);
          states.set(id, "fresh");
          emit({ kind: "cached", cell: id });
        } else states.set(id, "waiting");
        break;
      case "busy":
        if (!told.has(id)) {
          emit({ kind: "busy", cell: id, host: outcome.owner.host, pid: outcome.owner.pid });
        }
        told.add(id);
        busyUntil.set(id, Date.now() + BUSY_MS);
        states.set(id, "waiting");
        break;
      case "edited":
        emit({ kind: "edited", cell: id });
        states.set(id, "waiting");
        break;
      case "postponed":
        states.set(id, "waiting");
        break;
      case "failure":
        states.set(id, "failed");
        emit({ kind: "failed", cell: id, text: outcome.text, tail: outcome.tail });
        break;
      case "interrupted":
        states.set(id, "interrupted");
        emit({ kind: "interrupted", cell: id });
        break;
    }
  }

  function throwIfBroken(): void {
    if (broken !== undefined) throw broken.error;
  }

  /** Cells that wait, whose inputs are fresh, and that nobody else holds just now. */
  function ready(): CellDeclaration[] {
    return ordered.filter((cell) =>
      states.get(cell.id) === "waiting" && !running.has(cell.id) &&
      (busyUntil.get(cell.id) ?? 0) <= Date.now() &&
      cell.inputs.every((id) => states.get(id) === "fresh")
    );
  }

  function skipHopeless(): void {
    for (const cell of ordered) {
      const because = cell.inputs.find((id) => ["failed", "skipped"].includes(states.get(id)!));
      if (because === undefined || states.get(cell.id) !== "waiting") continue;
      states.set(cell.id, "skipped");
      emit({ kind: "skipped", cell: cell.id, because });
    }
  }

  while (true) {
    skipHopeless();
    if (!signal.aborted && broken === undefined) {
      for (const cell of ready().slice(0, Math.max(0, jobs - running.size))) {
        states.set(cell.id, "running");
        const task = advance(cell)
          .catch((error) => {
            broken ??= { error };
          })
          .finally(() => running.delete(cell.id));
        running.set(cell.id, task);
      }
    }
    const waiting = [...states.values()].includes("waiting");
    if (running.size === 0 && (!waiting || signal.aborted || broken !== undefined)) break;
    await oneOf([...running.values()], busyUntil.size > 0 ? BUSY_MS : undefined);
  }
  if (options.remote !== undefined && broken === undefined) {
    for (const { id } of ordered) {
      if (states.get(id) !== "fresh" || signal.aborted) continue;
      await options.remote.push(assessed.get(id)!.manifest!);
    }
  }
  options.stats.save();
  options.code.save();
  await sweep(store);
  throwIfBroken();

  const withState = (wanted: State) =>
    ordered.map(({ id }) => id).filter((id) => states.get(id) === wanted);
  const summary: Summary = {
    ran: ordered.map(({ id }) => id).filter((id) => ran.has(id)),
    cached: withState("fresh").filter((id) => !ran.has(id)),
    failed: withState("failed"),
    skipped: withState("skipped"),
    interrupted: signal.aborted && withState("fresh").length < ordered.length,
    stopped: withState("interrupted"),
    seconds: (performance.now() - begin) / 1000,
  };
  emit({ kind: "end", summary });
  throwIfBroken();
  return { ...summary, fresh: new Map(withState("fresh").map((id) => [id, assessed.get(id)!])) };
}

/** Waits for one of several tasks, or for a time in milliseconds. */
async function oneOf(tasks: readonly Promise<void>[], milliseconds?: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const pause = milliseconds === undefined ? [] : [
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    }),
  ];
  await Promise.race([...tasks, ...pause]);
  clearTimeout(timer);
}
