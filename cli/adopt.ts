/**
 * `deno task adopt`: tries new code on the beginning of what cells did, and keeps what they left.
 *
 * @module
 */
import { durationText } from "../pipeline/units.ts";
import { hostname } from "node:os";
import { predictCosts, readHistory } from "../pipeline/answers/cost.ts";
import { assessAll } from "../pipeline/freshness/assess.ts";
import { withInputs } from "../pipeline/cells/select.ts";
import type { CellDeclaration } from "../pipeline/cells/stage.ts";
import type { AdoptOutcome } from "../pipeline/verify/adopt.ts";
import { adoptCells } from "../pipeline/verify/adopt_cells.ts";
import { adoptLines, adoptRows, adoptSeconds } from "../pipeline/answers/adopt_plan.ts";
import { type Command, commandMain } from "./common/command.ts";
import { type Context, openContext, ROOT, selected } from "./common/context.ts";
import { openInterruption } from "./common/interruption.ts";
import { safetensorsNumbers } from "./common/numbers.ts";
import { optionGroups, type Options, readOptions, UsageError } from "./common/options.ts";
import { prepareEngine, prepareStages } from "./common/prepare.ts";
import { openPrinter, printJson } from "./common/printer.ts";
import { openRemote, REMOTE, REMOTE_OPTION } from "./common/remote.ts";
import { copyResults } from "./results/copy.ts";
import { readTolerance, toleranceOptions, TOLERANCES } from "./common/tolerance.ts";

/** Where nothing else is asked for, the new code has to leave the same bits. */
const EXACT = { absolute: 0, relative: 0 };

/** What the command is. */
export const command = {
  read: (args: readonly string[]) =>
    readOptions(args, true, {
      flags: ["all", "dry-run"],
      values: [...TOLERANCES, REMOTE],
    }),
  help: {
    summary: "Adopts cells that are stale by their code alone, and what they need: the new code " +
      "is tried on the beginning of the work (a training's first epoch, a few images of an " +
      "attack, the whole of a cheap cell). Where it leaves the same, what was computed " +
      "before stands under the new code, and says so.",
    usage: ["deno task adopt [options] CELL…", "deno task adopt [options] --all"],
    options: optionGroups([
      ["--all", "every cell that is stale by its code alone"],
      ["--dry-run", "only say what would be tried, and what that would cost"],
      ...toleranceOptions(EXACT),
      REMOTE_OPTION,
    ], true),
    examples: [["deno task adopt --all --dry-run", "what would be tried"], [
      "deno task adopt train:igr:gelu",
      "one training",
    ]],
    exits: "0 if all went well, 1 if a cell differs, or if one that is named cannot be adopted, " +
      "2 for wrong usage, 130 if interrupted",
    see: "docs/trust.md",
  },
} satisfies Command;

if (import.meta.main) {
  await commandMain(async () => {
    const options = command.read(Deno.args);
    const tolerance = readTolerance(options, EXACT), all = options.flags.has("all");
    if (all && options.cells.length > 0) {
      throw new UsageError(
        `Cannot use "--all" with "${options.cells[0]}": expected cells or --all, not both`,
      );
    }
    const context = openContext(options);
    const ids = all
      ? context.cells.map(({ id }) => id)
      : selected(context.cells, options.cells, "adopt");
    if (options.flags.has("dry-run")) return await dryRun(ids, context, options);
    const { profile, store, code, stats } = context;
    using interruption = openInterruption();
    const printer = openPrinter(options.json), { onEvent } = printer;
    const signal = AbortSignal.any([interruption.signal, printer.failed]);
    const engine = once(() => prepareEngine(options, store.folder, onEvent, signal));
    let outcomes;
    try {
      outcomes = await adoptCells(ids, context.cells, {
        ...{ profile: profile.id, store, code, stats, root: ROOT, tolerance, onEvent, signal },
        jobs: options.jobs ?? profile.jobs,
        remote: await openRemote(options, store, onEvent, profile),
        readers: { ".safetensors": safetensorsNumbers },
        prepare: async (cell: CellDeclaration) => ({
          provenance: await prepareStages([cell], onEvent, signal),
          engine: cell.stage.engine ? await engine() : { kind: "none" },
        }),
      });
    } finally {
      printer.close();
    }
    printer.failed.throwIfAborted();
    const kinds = [...outcomes.values()].map(({ kind }) => kind);
    if (kinds.includes("adopted") || kinds.includes("computed")) await copyAll(context);
    if (!options.json) console.log(summary(kinds));
    if (signal.aborted) return 130;
    const bad: AdoptOutcome["kind"][] = ["different", "failed", ...all ? [] : ["refused"] as const];
    return kinds.some((kind) => bad.includes(kind)) ? 1 : 0;
  }, command);
}

/** Lets the record beside the results name the cells as they are now. */
async function copyAll(context: Context): Promise<void> {
  const { cells, store, profile } = context;
  const assessed = await assessAll(cells, { ...context, profile: profile.id });
  copyResults(store, profile.id, assessed);
}

/** Says what would be tried. */
async function dryRun(ids: readonly string[], context: Context, options: Options): Promise<number> {
  const { profile, store, code, stats, cells } = context;
  const assessed = await assessAll(withInputs(cells, ids), { ...context, profile: profile.id });
  stats.save();
  code.save();
  const machine = { host: hostname(), engine: options.engine.split(":")[0] };
  const history = readHistory(store);
  const assessments = [...assessed.values()], costs = predictCosts(assessments, history, machine);
  const rows = adoptRows(assessments, store, { costs, history, machine });
  const jobs = options.jobs ?? profile.jobs;
  const seconds = adoptSeconds(rows, (id) => assessed.get(id)!.cell.inputs, jobs);
  if (options.json) {
    printJson(
      ...rows.map((row) => ({ kind: "cell", ...row })),
      { kind: "total", host: machine.host, jobs, seconds },
    );
    return 0;
  }
  console.log(adoptLines(rows).join("\n"));
  const tried = rows.filter(({ action }) => action === "try").length;
  console.log(
    tried === 0
      ? "Nothing to try"
      : `${countText(tried)} to try: about ${durationText(seconds)} with ${
        jobs === 1 ? "1 job" : `${jobs} jobs`
      }, by past runs on ${machine.host}`,
  );
  return 0;
}

/** How it went, in one line. */
function summary(kinds: readonly AdoptOutcome["kind"][]): string {
  const count = (...wanted: AdoptOutcome["kind"][]) =>
    kinds.filter((kind) => wanted.includes(kind)).length;
  const more = ([
    [count("computed"), "computed again"],
    [count("fresh"), "fresh"],
    [count("different"), "differ"],
    [count("refused"), "not stale by code alone"],
    [count("failed"), "failed"],
    [count("interrupted"), "interrupted"],
  ] as const).flatMap(([number, text]) => number === 0 ? [] : [`${number} ${text}`]);
  return [`${countText(count("adopted"))} adopted`, ...more].join(", ");
}

function countText(count: number): string {
  return count === 1 ? "1 cell" : `${count} cells`;
}

/** Does something when it is first asked for, and only then. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => result ??= work();
}
