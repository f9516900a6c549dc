/**
 * Objectives for benchmarks, which may be bundled into one file: there is no folder of rules then, so
 * their modules are named here.
 *
 * @module
 */
import { type Objective, objectiveOf } from "../lib/training/method.ts";
import { method as fgsm } from "../lib/training/methods/fgsm.ts";
import { method as igr } from "../lib/training/methods/igr.ts";
import { method as natural } from "../lib/training/methods/natural.ts";

/** What is timed, by method, each with its default parameters. */
export const OBJECTIVES: Readonly<Record<"natural" | "igr" | "fgsm", Objective>> = {
  natural: objectiveOf(natural, natural.defaults),
  igr: objectiveOf(igr, igr.defaults),
  fgsm: objectiveOf(fgsm, fgsm.defaults),
};
