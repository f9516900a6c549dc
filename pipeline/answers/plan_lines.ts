/** A plan for people. @module */
import { plain } from "../../lib/std/paint.ts";
import { wrap } from "../../lib/std/wrap.ts";
import { durationText, rangeText, sizeText } from "../units.ts";
import type { Cost } from "./cost.ts";
import type { Look } from "./look.ts";
import { isStale, type PlanRow, type PlanTotal } from "./plan.ts";

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
      `${jobsText} and ${sizeText(bytes)} of disk${
        unknown.length === 0 ? "" : ` for ${cells} of ${cells + unknown.length} cells`
      }, by past runs on ${host}`,
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
