/**
 * Progress as text: pure functions of what happened, so that they can be tested without a terminal.
 *
 * @module
 */
import type { RunEvent, Summary } from "../events.ts";
import { timeLeft } from "./estimate.ts";
import type { CellProgress, ProgressState } from "./state.ts";
import { durationText, metricsText } from "../../units.ts";

/** A duration that changes while one looks at it: whole seconds only. */
export function clockText(seconds: number): string {
  return seconds < 9.95 ? `${Math.round(seconds)} s` : durationText(seconds);
}

/**
 * The lines that a terminal shows below what is done, repainted again and again.
 *
 * @param height Lines that the terminal has
 */
export function terminalLines(
  state: ProgressState,
  now: number,
  width: number,
  height = Infinity,
): string[] {
  const cells = [...state.cells];
  const all = cells.filter(([, { status }]) => status === "running" || status === "busy");
  // each has two lines at most, and what scrolls away cannot be painted over
  const active = all.slice(0, Math.max(1, Math.floor((height - 3) / 2)));
  const longest = Math.max(0, ...active.map(([id]) => id.length));
  const lines = active.flatMap(([id, cell]) => {
    const line = `  ${id.padEnd(longest)}  ${activity(cell, now)}`, label = labelOf(cell);
    if (label === "") return [line];
    const whole = `${line}  ${label}`;
    return whole.length <= width ? [whole] : [line, `    ${label}`];
  });
  const more = all.length - active.length;
  return [overview(state, now), ...lines, ...more === 0 ? [] : [`  and ${more} more`]]
    .map((line) => line.length <= width ? line : `${line.slice(0, width - 1)}…`);
}

/** After this time without a word, a cell may hang, seconds. */
const SILENCE = 60;

/** How long a running cell has said nothing, seconds; nothing where that is not long. */
function silence({ status, heard = Infinity }: CellProgress, now: number): number | undefined {
  const seconds = Math.floor((now - heard) / 1000);
  return status === "running" && seconds >= SILENCE ? seconds : undefined;
}

/** One line on the whole run: `5 of 21 cells done, about 3 min left`. */
export function overview(state: ProgressState, now: number): string {
  const statuses = [...state.cells.values()].map(({ status }) => status);
  const count = (...wanted: CellProgress["status"][]) =>
    statuses.filter((status) => wanted.includes(status)).length;
  const { seconds, unknown } = timeLeft(state, now);
  return [
    `${count("cached", "finished")} of ${statuses.length} cells done`,
    ...count("queued") > 0 ? [`${count("queued")} in the queue`] : [],
    ...count("failed") > 0 ? [`${count("failed")} failed`] : [],
    ...count("skipped") > 0 ? [`${count("skipped")} not run`] : [],
    ...count("running", "queued", "waiting") > 0 ? leftTexts(seconds, unknown.length) : [],
    ...[...state.cells].flatMap(([id, cell]) => {
      const silent = silence(cell, now);
      return silent === undefined ? [] : [`no word of ${id} for ${durationText(silent)}`];
    }),
  ].join(", ");
}

/** Time left in words; where some cells are of no known kind it can only be said what it is at least. */
function leftTexts(seconds: number, unknown: number): string[] {
  if (seconds === 0) return unknown > 0 ? ["time left not known yet"] : [];
  const time = clockText(Math.ceil(seconds));
  return unknown === 0 ? [`about ${time} left`] : [
    `at least ${time} left`,
    `not known yet for ${unknown === 1 ? "1 cell" : `${unknown} cells`}`,
  ];
}

const labelOf = ({ status, total, label }: CellProgress) =>
  status === "running" && total ? label ?? "" : "";

function activity({ status, started, done, total }: CellProgress, now: number): string {
  if (status === "busy") return "another pipeline computes it";
  const elapsed = clockText(Math.floor((now - started!) / 1000));
  if (done === undefined || !total) return `started ${elapsed} ago`;
  const share = Math.min(1, done / total), filled = Math.round(share * 16);
  const bar = "#".repeat(filled) + "-".repeat(16 - filled);
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  return `[${bar}] ${percent} %  ${elapsed}`;
}

/** What remains to be read of an event, one string a line; empty for most. */
export function eventLines(event: RunEvent): string[] {
  switch (event.kind) {
    case "note":
      return [event.text];
    case "started": {
      const why = event.reasons.map(({ text }) => text).join("; ");
      const where = event.node === undefined ? "" : ` on ${event.node}`;
      return [`${event.cell}: started${where}${why && ` (${why})`}`];
    }
    case "log":
      return [`${event.cell}: ${event.text}`];
    case "busy":
      return [
        `${event.cell}: process ${event.pid} on ${event.host} computes it; waiting for its result`,
      ];
    case "edited":
      return [`${event.cell}: its code or data were edited meanwhile; it starts again`];
    case "damaged":
      return [`${event.cell}: ${event.output} is damaged in the store and will be computed again`];
    case "finished": {
      const metrics = metricsText(event.metrics);
      return [`${event.cell}: done in ${durationText(event.seconds)}${metrics && `, ${metrics}`}`];
    }
    case "failed":
      return [
        `${event.cell}: failed: ${event.text}`,
        ...event.tail.map((line) => `  | ${line}`),
      ];
    case "skipped":
      return [`${event.cell}: not run, because ${event.because} did not succeed`];
    case "tried":
      return [`${event.cell}: ${event.text}`];
    case "interrupted":
      return [`${event.cell}: interrupted`];
    case "queued":
    case "handed over":
    case "plan":
    case "cached":
    case "progress":
    case "end":
      return [];
  }
}

/** A line on one cell's progress, for where nothing can be repainted. */
export function progressLine(event: RunEvent & { kind: "progress" }): string {
  const percent = event.total > 0 ? Math.floor(100 * Math.min(1, event.done / event.total)) : 0;
  return `${event.cell}: ${percent} %${event.label ? `, ${event.label}` : ""}`;
}

/** How a run ended, in one line. */
export function summaryText(summary: Summary): string {
  const { ran, cached, failed, skipped, interrupted, stopped, handedOver = [], seconds } = summary;
  const time = durationText(seconds), cells = (n: number) => n === 1 ? "1 cell" : `${n} cells`;
  if (interrupted) {
    const done = ran.length === 0
      ? "no cell finished"
      : `${cells(ran.length)} finished and ${ran.length === 1 ? "is" : "are"} kept`;
    const on = stopped.length === 1 ? "goes on from what it saved" : "go on from what they saved";
    const parts = [done, ...stopped.length === 0 ? [] : [`${stopped.join(", ")} ${on}`]];
    return `Interrupted after ${time}: ${parts.join("; ")}; the same command resumes`;
  }
  if (ran.length + failed.length + skipped.length + handedOver.length === 0) {
    return `Nothing to do: ${
      cached.length === 1 ? "the cell is" : `all ${cached.length} cells are`
    } fresh (${time})`;
  }
  return [
    `${cells(ran.length)} ran`,
    `${cached.length} cached`,
    ...failed.length > 0 ? [`${failed.length} failed (${failed.join(", ")})`] : [],
    ...skipped.length > 0 ? [`${skipped.length} not run`] : [],
    ...handedOver.length > 0 ? [`${handedOver.length} handed over`] : [],
  ].join(", ") + ` in ${time}`;
}
