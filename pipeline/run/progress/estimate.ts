import type { CellProgress, ProgressState } from "./state.ts";

/** Time left, seconds; `complete` is false while some cells cannot be estimated. */
export interface Estimate {
  readonly seconds: number;
  readonly complete: boolean;
}

/**
 * Time left: of running cells from the rate at which they advance, of others from how long they, or
 * the cells most like them, took before.
 */
export function timeLeft(state: ProgressState, now: number): Estimate {
  const known = new Map<string, number>();
  for (const [id, cell] of state.cells) {
    const seconds = duration(cell, now);
    if (seconds !== undefined) known.set(id, seconds);
  }
  let sum = 0, longest = 0, complete = true;
  for (const [id, cell] of state.cells) {
    if (cell.status !== "running" && cell.status !== "waiting") continue;
    const whole = known.get(id) ?? likeliest(id, known);
    if (whole === undefined) {
      complete = false;
      continue;
    }
    const elapsed = cell.status === "running" ? (now - cell.started!) / 1000 : 0;
    const left = Math.max(0, whole - elapsed);
    sum += left;
    longest = Math.max(longest, left);
  }
  return { seconds: Math.max(longest, sum / state.jobs), complete };
}

/** How long a cell takes from its start to its end, as far as it can be told. */
function duration(cell: CellProgress, now: number): number | undefined {
  const { status, first, done, total, started, seconds } = cell;
  if (status === "running" && first && done! > first.done && total! >= done!) {
    const rate = (done! - first.done) / (now - first.at);
    return ((now - started!) + (total! - done!) / rate) / 1000;
  }
  return seconds;
}

/** Mean duration of the cells whose ids begin with the most parts in common. */
function likeliest(id: string, known: ReadonlyMap<string, number>): number | undefined {
  const parts = id.split(":");
  let best = 1, found: number[] = [];
  for (const [other, seconds] of known) {
    const others = other.split(":");
    let common = 0;
    while (common < parts.length && parts[common] === others[common]) common++;
    if (common < best) continue;
    if (common > best) found = [];
    best = common;
    found.push(seconds);
  }
  return found.length === 0 ? undefined : found.reduce((a, b) => a + b) / found.length;
}
