/** What a bundle's runner says from time to time. @module */
import { overview } from "../../pipeline/run/progress/render.ts";
import type { ProgressState } from "../../pipeline/run/progress/state.ts";

/**
 * How far a run is, and each cell that runs now, in one line.
 *
 * @param left What is left of the budget, or nothing
 */
export function statusLine(state: ProgressState, now: number, left: string): string {
  const running = [...state.cells].filter(([, { status }]) => status === "running")
    .map(([id, { done, total, label }]) => {
      const share = done === undefined || !total ? "" : ` ${Math.floor(100 * done / total)} %`;
      return `${id}${share}${label ? ` (${label})` : ""}`;
    });
  return [`${overview(state, now)}${left}`, ...running].join("; ");
}
