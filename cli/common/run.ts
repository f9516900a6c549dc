/** What `pipeline` and `stage` have in common: running cells and showing what came out. @module */
import { hostname } from "node:os";
import { join, relative } from "node:path";
import type { ResultsVerdict } from "../../lib/report/mod.ts";
import { wrap } from "../../lib/std/wrap.ts";
import { adoptedLines } from "../../pipeline/answers/adopted.ts";
import { keepOrigin } from "../../pipeline/upkeep/needs.ts";
import { summaryText } from "../../pipeline/run/progress/render.ts";
import { openRunRecord } from "../../pipeline/run/progress/live.ts";
import type { RunEvent } from "../../pipeline/run/events.ts";
import type { FleetRun } from "../../pipeline/run/fleet.ts";
import { run, type RunOptions, type RunResult } from "../../pipeline/run/run.ts";
import type { Assessment, Assessor } from "../../pipeline/freshness/assess.ts";
import type { CellDeclaration } from "../../pipeline/cells/stage.ts";
import type { Store } from "../../pipeline/store/store.ts";
import { storeError } from "../../pipeline/store/error.ts";
import { checkAmounts } from "./amounts.ts";
import { typedCommand } from "./command_line.ts";
import { type Context, ROOT } from "./context.ts";
import { executorKind, executorPlace, openFleetOn } from "./executor.ts";
import { openInterruption, STOPPING } from "./interruption.ts";
import { frozenCheck } from "./lock.ts";
import type { Options } from "./options.ts";
import { writeOutput } from "./output.ts";
import { prepareEngine, prepareStages } from "./prepare.ts";
import { checkPrecision } from "./precision.ts";
import { openPrinter, type Printer, printJson } from "./printer.ts";
import { openRemote } from "./remote.ts";
import { copyResults, tableFile } from "../results/copy.ts";

/** What came out of a run, for {@linkcode runCells}' last step. */
export interface FinishedRun {
  /** Cells that are up to date. */
  readonly fresh: ReadonlyMap<string, Assessment>;
  /** Whether results are there that were not before. */
  readonly changed: boolean;
}

/**
 * Brings cells up to date, shows the table where it is among them, and returns the exit code.
 *
 * @param report Shows the results on a page where the table is fresh; returns the page's path
 */
export async function runCells(
  cells: readonly CellDeclaration[],
  context: Context,
  options: Options,
  report?: (finished: FinishedRun) => Promise<string | undefined>,
): Promise<number> {
  const frozen = await frozenCheck(context, options);
  const printer = openPrinter(options.json), { profile, store, code, stats } = context;
  const executor = executorKind(options);
  const remote = await openRemote(options, store, printer.onEvent, profile);
  const { fresh, ...summary } = await runShown(cells, {
    assessor: { profile: profile.id, store, code, stats, remote },
    engine: options,
    jobs: executor === undefined ? options.jobs ?? profile.jobs : profile.jobs,
    printer,
    ...executor === undefined ? {} : {
      async openFleet(told: FleetRun) {
        const place = await executorPlace(executor, options, context);
        return await openFleetOn(place, { options, context, remote }, told);
      },
      left: `What was handed to ${executor} may go on; to find it again:\n  ${typedCommand()}`,
    },
    check(assessments) {
      frozen?.(assessments);
      checkAmounts(profile, assessments);
    },
    predict: async (assessments) =>
      await predictSeconds(assessments, context, options.engine, executor),
  });
  const { folder, files, changed } = inStore(store, () => {
    if (fresh.size > 0) keepOrigin(store, profile.id, profile.path);
    return copyResults(store, profile.id, fresh);
  });
  const adopted = [...fresh.values()].flatMap(({ manifest }) =>
    manifest?.adopted === undefined ? [] : [{ cell: manifest.cell, adopted: manifest.adopted }]
  );
  const page = summary.interrupted || !files.includes("table1.json")
    ? undefined
    : await report?.({ fresh, changed });
  if (options.json) {
    const shown = page === undefined ? {} : { report: page };
    printJson({
      kind: "results",
      folder,
      files,
      ...shown,
      ...adopted.length === 0 ? {} : { adopted },
    });
  } else {
    const say = (text: string) => writeOutput(`${text}\n`);
    const table = tableFile(store, fresh, "table1.txt"), figure = join(shortest(folder), "figure1");
    if (table !== undefined) say(`\n${table.trimEnd()}\n`);
    for (const note of adoptedLines(adopted)) say(note);
    const verdict = tableFile(store, fresh, "verdict.json");
    if (verdict !== undefined) say(sentenceText(verdict));
    if (files.includes("figure1.svg")) say(`Figure 1: ${figure}.svg and figure1.png`);
    if (files.includes("readings.txt")) {
      say(`Readings: ${join(shortest(folder), "readings")}.txt and readings.svg`);
    }
    if (files.includes("branches.txt")) {
      say(`Branches: ${join(shortest(folder), "branches")}.txt and branches.svg`);
    }
    if (page !== undefined) say(`Report: ${shortest(page)}`);
    say(summaryText({ ...summary, seconds: sinceStart() }));
  }
  if (!options.json && (summary.handedOver?.length ?? 0) > 0) {
    const count = summary.handedOver!.length;
    writeOutput(
      `${count === 1 ? "1 cell is" : `${count} cells are`} left with ${executor}; ` +
        "the same command without --detach takes back what they leave, and hands over what is next\n",
    );
  }
  if (summary.interrupted) return 130;
  return summary.failed.length > 0 ? 1 : 0;
}

/** What {@linkcode runShown} is given besides cells. */
export interface ShownRun {
  readonly assessor: Assessor;
  /** What computes. */
  readonly engine: Pick<Options, "engine" | "plugin" | "gpuMemory" | "deterministic">;
  readonly jobs: number;
  /** Closed at the end. */
  readonly printer: Printer;
  /** Looks at all cells before anything runs; what it throws ends the run. */
  readonly check?: (assessments: readonly Assessment[]) => void;
  readonly openFleet?: RunOptions["openFleet"];
  /** What is said where somebody leaves before all is cancelled. */
  readonly left?: string;
  /** How long stale cells will take, seconds. */
  readonly predict?: (
    assessments: readonly Assessment[],
  ) => Promise<ReadonlyMap<string, number>>;
}

/** Brings cells up to date and shows how, until it is interrupted or nobody can be shown any more. */
export async function runShown(
  cells: readonly CellDeclaration[],
  { assessor, engine, jobs, printer, check, predict, openFleet, left }: ShownRun,
): Promise<RunResult> {
  const { folder } = assessor.store, record = openRunRecord(assessor.store, assessor.profile);
  const onEvent = (event: RunEvent) => {
    record.onEvent(event);
    printer.onEvent(event);
  };
  using interruption = openInterruption(
    () => onEvent({ kind: "note", text: STOPPING }),
    () => left && console.error(left),
  );
  const signal = AbortSignal.any([interruption.signal, printer.failed]);
  const result = await run(cells, {
    ...assessor,
    ...{ root: ROOT, jobs, signal, onEvent, predict },
    ...openFleet === undefined ? {} : { openFleet },
    check(assessments) {
      checkPrecision(engine.engine, assessments);
      check?.(assessments);
    },
    prepare: (stale) => prepareStages(stale, onEvent, signal),
    prepareEngine: () => prepareEngine(engine, folder, onEvent, signal),
  }).finally(() => {
    record.close();
    printer.close();
  });
  printer.failed.throwIfAborted();
  return result;
}

/** The verdict in one sentence, as lines of a terminal. */
function sentenceText(verdict: string): string {
  const { sentence } = JSON.parse(verdict) as Pick<ResultsVerdict, "sentence">;
  return `${wrap(`Verdict: ${sentence}.`, 80, "  ").join("\n")}\n`;
}

/** How long stale cells will take by past runs: loaded only where something is stale. */
async function predictSeconds(
  assessments: readonly Assessment[],
  context: Context,
  engine: string,
  executor?: string,
): Promise<ReadonlyMap<string, number>> {
  const { allCosts } = await import("./costs.ts");
  const { readHistory } = await import("../../pipeline/answers/cost.ts");
  const machine = { host: hostname(), engine: engine.split(":")[0], executor };
  const costs = await allCosts(assessments, readHistory(context.store), context, machine);
  return new Map([...costs].map(([cell, { seconds }]) => [cell, seconds]));
}

/** Does something in the store; a refusal of the system is told of it. */
function inStore<T>({ folder }: Store, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeError(error, folder);
  }
}

/** A path relative to the working directory, unless it leads out of it. */
function shortest(path: string): string {
  const short = relative(Deno.cwd(), path);
  return short.startsWith("..") ? path : short;
}

/** Seconds since this process started. */
function sinceStart(): number {
  return performance.now() / 1000;
}
