import type { Assessment } from "../freshness/assess.ts";
import { type Cost, openSchedule, type Range } from "./cost.ts";
import { plain } from "../../lib/std/paint.ts";
import { wrap } from "../../lib/std/wrap.ts";
import { durationText, rangeText, sizeText } from "../units.ts";
import type { Look } from "./look.ts";
import type { Reason } from "../freshness/staleness.ts";

/** What would happen to one cell. */
export interface PlanRow {
  readonly cell: string;
  /**
   * `may run`: an input runs before, and what comes out decides; `remote`: the remote store has it,
   * and the run takes it from there if it proves to be sound.
   */
  readonly action: "run" | "may run" | "cached" | "remote";
  readonly reasons: readonly Reason[];
  /** Of a cell that is not cached: what it will probably cost; absent where that is unknown. */
  readonly cost?: Cost;
  /** Whether it fits in the budget, where one is given. */
  readonly fits?: boolean;
}

/** What a whole plan costs at most: cells whose inputs come out as before will not run. */
export interface PlanTotal {
  /** Seconds from the start to the end. */
  readonly seconds: number;
  /** Seconds of all cells together. */
  readonly work: number;
  readonly bytes: number;
  /** How many cells the sums hold. */
  readonly cells: number;
  /** Cells whose cost is unknown. */
  readonly unknown: readonly string[];
  /** Where some costs are extrapolated: seconds from the start to the end at least and at most. */
  readonly range?: Range;
  /** For people: how many costs are extrapolated, and from what. */
  readonly extrapolated?: string;
}

/** Options of {@linkcode planRows}. */
export interface PlanOptions {
  readonly costs?: ReadonlyMap<string, Cost>;
  /** How many cells may run at a time. */
  readonly jobs?: number;
  /** Seconds. */
  readonly budget?: number;
}

/**
 * What would happen to each cell.
 *
 * @param assessments With inputs first
 */
export function planRows(
  assessments: readonly Assessment[],
  { costs = new Map(), jobs = 1, budget }: PlanOptions = {},
): PlanRow[] {
  const schedule = openSchedule(jobs), left = new Set<string>();
  return assessments.map(({ cell, reasons, remote }) => {
    if (reasons.length === 0) {
      return { cell: cell.id, action: remote ? "remote" : "cached", reasons };
    }
    const cost = costs.get(cell.id);
    const fits = budget !== undefined && cost !== undefined &&
      !cell.inputs.some((id) => left.has(id)) &&
      schedule.add(cell.id, cell.inputs, cost.seconds, budget);
    if (!fits) left.add(cell.id);
    return {
      cell: cell.id,
      action: reasons.every(({ kind }) => kind === "input may change") ? "may run" : "run",
      reasons,
      ...cost === undefined ? {} : { cost },
      ...budget === undefined ? {} : { fits },
    };
  });
}

/**
 * What the cells of a plan cost together, or those that fit in the budget.
 *
 * @param inputs Input cells of a cell
 */
export function planTotal(
  rows: readonly PlanRow[],
  inputs: (cell: string) => readonly string[],
  jobs: number,
): PlanTotal {
  const counted = rows.filter(({ action, fits }) => isStale(action) && fits !== false);
  const known = counted.flatMap(({ cell, cost }) => cost === undefined ? [] : [{ cell, cost }]);
  const unknown = counted.filter(({ cost }) => cost === undefined).map(({ cell }) => cell);
  const ends = (secondsOf: (cost: Cost) => number) => {
    const schedule = openSchedule(jobs);
    for (const { cell, cost } of known) schedule.add(cell, inputs(cell), secondsOf(cost));
    return schedule.end();
  };
  const sum = (of: (cost: Cost) => number) => known.reduce((sum, { cost }) => sum + of(cost), 0);
  const guessed = known.filter(({ cost }) => cost.range !== undefined);
  return {
    seconds: ends(({ seconds }) => seconds),
    work: sum(({ seconds }) => seconds),
    bytes: sum(({ bytes }) => bytes),
    cells: known.length,
    unknown,
    ...guessed.length === 0 ? {} : {
      range: {
        low: ends(({ seconds, range }) => range?.low ?? seconds),
        high: ends(({ seconds, range }) => range?.high ?? seconds),
      },
      extrapolated: extrapolatedText(guessed.map(({ cost }) => cost)),
    },
  };
}

function extrapolatedText(costs: readonly Cost[]): string {
  const bases = [...new Set(costs.map(({ basis }) => basis))];
  const more = bases.length > 2 ? ` and ${bases.length - 2} more` : "";
  return `Extrapolated for ${costs.length === 1 ? "1 cell" : `${costs.length} cells`} from ` +
    `${bases.slice(0, 2).join(", ")}${more}`;
}

/** Whether a cell may have to be computed. */
const isStale = (action: PlanRow["action"]) => action === "run" || action === "may run";

/** A plan for people: what is cached is counted, what is not has a line, and more where need be. */
export function planLines(
  profile: string,
  rows: readonly PlanRow[],
  { width = 80, paint = plain }: Look = {},
): string[] {
  const shown = rows.filter(({ action }) => action !== "cached");
  const table = shown.map((row) => {
    const { cell, action, cost, fits } = row;
    return {
      fields: [fits === false ? "later" : action, cell, ...costTexts(action, cost)],
      mood: action === "run" && fits !== false ? "stale" as const : "dim" as const,
      why: whyText(row),
    };
  });
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(0, ...table.map(({ fields }) => fields[column].length))
  );
  // a reason that all have is said once
  const [first] = shown, same = shown.length > 1 && shown.every((row) => neverRan(row));
  const used = widths.reduce((sum, one) => sum + one + 2, 0), room = width - used;
  const line = ({ fields, mood, why }: typeof table[number]) => {
    const [action, cell, time, size] = fields.map((text, column) =>
      column < 2 ? text.padEnd(widths[column]) : text.padStart(widths[column])
    );
    const start = [paint(action, mood), cell, time, size].join("  ");
    if (same || why === "") return [start.trimEnd()];
    // beside the cost where there is room, beneath the cell where there is none
    if (why.length <= room) return [`${start}  ${why}`];
    const indent = widths[0] + 4;
    return [start.trimEnd(), ...wrap(why, width - indent).map((part) => " ".repeat(indent) + part)];
  };
  const head = headerText(profile, rows) + (same && first ? "; none of them has run yet" : "");
  return [...wrap(head, width), ...table.flatMap(line)];
}

function headerText(profile: string, rows: readonly PlanRow[]): string {
  const count = (action: PlanRow["action"]) => rows.filter((row) => row.action === action).length;
  if (count("cached") === rows.length) {
    return `Profile ${profile}: nothing to do, all ${rows.length} cells are fresh`;
  }
  const parts = [
    `${count("run")} of ${rows.length} cells run`,
    ...count("may run") === 0
      ? []
      : [`${count("may run")} may run because their inputs may change`],
    ...count("cached") === 0 ? [] : [`${count("cached")} cached`],
    ...count("remote") === 0 ? [] : [`${count("remote")} come from the remote store`],
  ];
  return `Profile ${profile}: ${parts.join(", ")}`;
}

const neverRan = ({ reasons }: PlanRow) =>
  reasons.length > 0 && reasons.every(({ kind }) => kind === "never ran");

/** Time and space; `~` where another cell's runs told it. */
function costTexts(action: PlanRow["action"], cost: Cost | undefined): [string, string] {
  if (!isStale(action)) return ["", ""];
  if (cost === undefined) return ["unknown", ""];
  const { seconds, bytes, range, own } = cost;
  if (range !== undefined) return [rangeText(range), sizeText(bytes)];
  return [`${own ? "" : "~"}${durationText(seconds)}`, sizeText(bytes)];
}

/** What a plan costs, for people. */
export function totalLines(
  total: PlanTotal,
  jobs: number,
  host: string,
  { width = 80 }: Look = {},
): string[] {
  const { seconds, work, bytes, cells, unknown, range } = total;
  if (cells + unknown.length === 0) return [];
  const jobsText = jobs === 1 ? "with 1 job" : `with ${jobs} jobs (${durationText(work)} of work)`;
  return [
    ...cells === 0 ? [] : [
      `${range === undefined ? `At most ${durationText(seconds)}` : rangeText(range, "Between")} ` +
      `${jobsText} and ${sizeText(bytes)} of disk, by past runs on ${host}`,
    ],
    ...total.extrapolated === undefined ? [] : [total.extrapolated],
    ...unknown.length === 0 ? [] : [
      `Unknown: what ${unknown.length === 1 ? unknown[0] : `${unknown.length} cells`} will cost`,
    ],
  ].flatMap((text) => wrap(text, width, "  "));
}

function whyText({ reasons }: PlanRow): string {
  return reasons.map(({ text }) => text).join("; ");
}
