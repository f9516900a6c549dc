/** What stale cells will cost. @module */
import {
  type Cost,
  type Machine,
  type PastRuns,
  predictCosts,
} from "../../pipeline/answers/cost.ts";
import { extrapolateCosts } from "../../pipeline/answers/extrapolate.ts";
import { type Assessment, isFresh } from "../../pipeline/freshness/assess.ts";
import type { Context } from "./context.ts";

/** Costs by past runs that are alike, and where there are none extrapolated from others. */
export async function allCosts(
  assessments: readonly Assessment[],
  history: PastRuns,
  { profile, cells }: Pick<Context, "profile" | "cells">,
  machine: Machine,
): Promise<Map<string, Cost>> {
  const known = predictCosts(assessments, history, machine);
  const unknown = assessments.filter((one) => !isFresh(one) && !known.has(one.cell.id));
  const stages = new Set(history.runs.map(({ stage }) => stage));
  if (!unknown.some(({ cell }) => stages.has(cell.stage.name))) return known;
  // counting operations takes a second
  const { amountsOf, openWork } = await import("./work.ts");
  const workOf = await openWork(amountsOf(profile, cells));
  return new Map([...known, ...extrapolateCosts(assessments, known, { history, machine, workOf })]);
}
