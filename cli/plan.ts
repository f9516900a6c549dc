/**
 * `deno task plan`: what would run and why, what it will cost, and what is cached.
 *
 * @module
 */
import { hostname } from "node:os";
import { assessAll } from "../pipeline/freshness/assess.ts";
import { readHistory } from "../pipeline/answers/cost.ts";
import { type PlanRow, planRows, planTotal } from "../pipeline/answers/plan.ts";
import { planLines, totalLines } from "../pipeline/answers/plan_lines.ts";
import { taskPlanLines, taskPlans } from "../pipeline/executor/plan.ts";
import { commandLine } from "./common/command_line.ts";
import { checkAmounts } from "./common/amounts.ts";
import { allCosts } from "./common/costs.ts";
import { type Command, commandMain } from "./common/command.ts";
import { openContext } from "./common/context.ts";
import {
  EXECUTOR,
  executorKind,
  executorPlace,
  PLACE_OPTIONS,
  SETTINGS,
} from "./common/executor.ts";
import { gpuRoom, memoryLines, memoryNeeds } from "./common/gpu_memory.ts";
import { optionGroups, type Options, readOptions } from "./common/options.ts";
import { checkPrecision } from "./common/precision.ts";
import { lookForOutput } from "./common/look.ts";
import { printJson } from "./common/printer.ts";
import { openRemote, REMOTE, REMOTE_DEFAULT } from "./common/remote.ts";
import { readDuration } from "./common/values.ts";

/** What the command is. */
export const command = {
  read: (args: readonly string[]) =>
    readOptions(args, false, { values: ["budget", REMOTE, EXECUTOR, SETTINGS] }),
  help: {
    summary:
      "Shows what would run and why, what that will cost by past runs on this machine, and " +
      "what is cached; runs nothing. A cost with ~ is that of cells like it; a range is " +
      "extrapolated from cells that did more or less, by images, epochs or steps, and " +
      "arithmetic.",
    usage: ["deno task plan [options]"],
    options: optionGroups([
      [
        "--budget TIME",
        "also pick the cells that can be finished in this time, such as 25m or 1h30m",
      ],
      ["--jobs N", "cells that run at a time (default: what the profile says)"],
      ["--engine NAME", "whose past runs count: pjrt, cpu or tensorflow (default: pjrt)"],
      ...PLACE_OPTIONS,
      [
        "--remote PLACE",
        `also say what a remote store has ${REMOTE_DEFAULT}`,
      ],
    ], false),
    examples: [
      ["deno task plan", "what the demo profile would run"],
      ["deno task plan --profile paper", "hours or months here?"],
      ["deno task plan --set methods.igr.lambda=2", "what one change would cost"],
      ["deno task plan --budget 25m", "which cells fit in 25 minutes"],
      ["deno task plan --executor slurm", "tasks, resources and hours on a cluster"],
    ],
    see: "docs/trust.md",
  },
} satisfies Command;

if (import.meta.main) {
  await commandMain(async () => {
    const options = command.read(Deno.args);
    const budget = budgetOf(options), context = openContext(options), host = hostname();
    const { profile, cells, store, stats, code } = context;
    const kind = executorKind(options);
    const place = kind && await executorPlace(kind, options, context);
    const jobs = options.jobs ?? place?.places ?? profile.jobs;
    const remote = await openRemote(options, store, (event) => {
      if (event.kind === "note") console.error(event.text);
    }, profile);
    const assessor = { ...context, profile: profile.id, remote, readOnly: true };
    const assessments = [...(await assessAll(cells, assessor)).values()];
    stats.save();
    code.save();
    checkPrecision(options.engine, assessments);
    checkAmounts(profile, assessments);
    const anyStale = assessments.some(({ reasons }) => reasons.length > 0);
    const history = anyStale ? readHistory(store) : undefined;
    const costs = history && await allCosts(assessments, history, context, {
      host,
      engine: options.engine.split(":")[0],
      executor: place?.executor.kind,
    });
    const room = anyStale ? await gpuRoom(options) : undefined;
    const stale = assessments.filter(({ reasons }) => reasons.length > 0).map(({ cell }) => cell);
    const asked = place &&
      taskPlans(stale, place.resources, (id) => costs?.get(id)?.seconds, place.places);
    const needs = room ? await memoryNeeds(stale, room, history?.runs) : [];
    const rows = planRows(assessments, { costs, jobs, budget });
    const inputs = new Map(cells.map((cell) => [cell.id, cell.inputs]));
    const total = planTotal(rows, (id) => inputs.get(id)!, jobs);
    if (options.json) {
      printJson(
        ...rows.map((row) => ({ kind: "cell", ...row })),
        ...needs.map((need) => ({ kind: "memory", ...need })),
        ...(asked ?? []).map((plan) => ({ kind: "tasks", place: place!.executor.place, ...plan })),
        { kind: "total", host, jobs, budget, ...total },
      );
      return 0;
    }
    const look = lookForOutput();
    const lines = [
      ...planLines(profile.name, rows, look),
      ...totalLines(total, jobs, host, look),
    ];
    if (asked) lines.push(...taskPlanLines(asked, place!.executor.place));
    if (room) lines.push(...memoryLines(needs, room));
    if (budget !== undefined) lines.push(...budgetLines(rows, options));
    console.log(lines.join("\n"));
    return 0;
  }, command);
}

function budgetOf({ values: { budget } }: Options): number | undefined {
  return budget === undefined ? undefined : readDuration("budget", budget);
}

/** How to run the cells that fit. */
function budgetLines(rows: readonly PlanRow[], options: Options): string[] {
  const fitting = rows.filter(({ fits }) => fits).map(({ cell }) => cell);
  const count = rows.filter(({ fits }) => fits !== undefined).length;
  if (count === 0) return [];
  if (fitting.length === 0) return [`Nothing fits in ${options.values.budget}`];
  return [
    `${fitting.length} of ${count} cells fit in ${options.values.budget}:`,
    `  ${commandLine("stage", options, fitting)}`,
  ];
}
