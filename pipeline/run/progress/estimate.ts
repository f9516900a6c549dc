import type { CellProgress, ProgressState } from "./state.ts";

/** Time left, seconds. */
export interface Estimate {
  /** Of the cells of which it can be told. */
  readonly seconds: number;
  /** Cells that are not done and of which nothing can be told. */
  readonly unknown: readonly string[];
}

/**
 * Time left: of running cells from the rate at which they advance and from how long they took before,
 * of others from how long they, or cells of their kind, took.
 */
export function timeLeft(state: ProgressState, now: number): Estimate {
  const known = new Map<string, number[]>();
  for (const [id, cell] of state.cells) {
    const whole = wholeTime(cell, now), kind = kindOf(id);
    if (whole !== undefined) known.set(kind, [...known.get(kind) ?? [], whole]);
  }
  let sum = 0, longest = 0;
  const unknown: string[] = [];
  for (const [id, cell] of state.cells) {
    const waits = cell.status === "waiting" || cell.status === "queued";
    if (cell.status !== "running" && !waits) continue;
    const whole = cell.seconds ?? mean(known.get(kindOf(id)) ?? []);
    const left = waits ? whole : leftOf(cell, now, whole);
    if (left === undefined) {
      unknown.push(id);
      continue;
    }
    sum += left;
    longest = Math.max(longest, left);
  }
  return { seconds: Math.max(longest, sum / state.jobs), unknown };
}

/** How long a cell takes from its start to its end, as far as it can be told. */
function wholeTime(cell: CellProgress, now: number): number | undefined {
  if (cell.seconds !== undefined || cell.status !== "running") return cell.seconds;
  const left = byRate(cell, now);
  return left === undefined ? undefined : elapsed(cell, now) + left;
}

/**
 * What a running cell has left.
 *
 * @param whole How long it, or its like, took before
 */
function leftOf(cell: CellProgress, now: number, whole: number | undefined): number | undefined {
  const rated = byRate(cell, now);
  if (rated === undefined) {
    const left = whole === undefined ? -1 : whole - elapsed(cell, now);
    // what takes longer than it should may take any time
    return left < 0 ? undefined : left;
  }
  if (whole === undefined) return rated;
  // the parts of a cell's work do not all go at one rate: at first the past says more
  const share = cell.done! / cell.total!;
  return share * rated + (1 - share) * (1 - share) * whole;
}

/** Share of its work from which on a cell's rate says anything: the first step may take long. */
const TELLING = 0.05;

/** What a running cell has left by the rate at which it advances. */
function byRate({ first, done, total }: CellProgress, now: number): number | undefined {
  if (!first || total! < done! || done! - first.done < TELLING * total!) return undefined;
  return (total! - done!) * (now - first.at) / (done! - first.done) / 1000;
}

const elapsed = ({ started }: CellProgress, now: number) => (now - started!) / 1000;

/** Cells are of one kind if their ids differ in row and seed alone: `attack:pgd50`, `train`. */
export function kindOf(id: string): string {
  const parts = id.split(":");
  return parts.slice(0, Math.max(1, parts.length - 2)).join(":");
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((a, b) => a + b) / values.length;
}
