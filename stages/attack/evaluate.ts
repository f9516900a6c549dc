/** From a model and images to verdicts and what makes them doubtful. @module */
import { join } from "node:path";
import {
  calibrateSearch,
  checkVerdicts,
  checkVictim,
  evaluateLogits,
  type Finding,
  type PlannedAttack,
  runAttacks,
  type RunAttacksResult,
  type Victim,
} from "../../lib/attacks/mod.ts";
import type { Reporter } from "../job.ts";
import { type Origin, readWorkFile, writeWorkFile } from "../work_file.ts";
import { createDescription } from "./describe.ts";
import type { NumberedImages } from "./images.ts";

/** What an evaluation is told by, besides the counts. */
export interface Evaluated extends RunAttacksResult {
  readonly findings: readonly Finding[];
}

/** What is evaluated. */
export interface Evaluation {
  readonly victim: Victim;
  /** The model in the precision in which attacks search, where that is not the victim's. */
  readonly fast?: Victim;
  /** The images of the cell, by which the precision of the search is judged. */
  readonly all: NumberedImages;
  /** Those to attack: all of them, or the ones of a trial. */
  readonly data: NumberedImages;
  /** Radius in pixels in [0, 1]. */
  readonly epsilon: number;
  readonly planned: readonly PlannedAttack[];
  /** Folder in which the attacks' state is kept, and what it is kept of. */
  readonly work: string;
  readonly origin: Origin;
  readonly report: Reporter;
}

/** Milliseconds between two checkpoints: more is not lost when the process is killed. */
const CHECKPOINT_MS = 10_000;

/** Milliseconds between two reports: a block takes only a few. */
const REPORT_MS = 100;

/** Checks the model, runs all attacks from where an earlier process ended, and checks the verdicts. */
export async function evaluate(
  { victim, fast, all, data, epsilon, planned, work, origin, report }: Evaluation,
): Promise<Evaluated> {
  const rules = planned.map(({ rule }) => rule);
  report.progress(0, 1, "checking the model");
  const clean = await evaluateLogits(victim, data);
  const found = await checkVictim(victim, data, { attacks: rules, clean });
  const calibrated = fast &&
    await calibrateSearch(fast, all, all === data ? clean : await evaluateLogits(victim, all));
  const unfit = calibrated?.findings ?? [], before = [...found, ...unfit];
  const path = join(work, "attacks"), describe = createDescription();
  let attack = "", next = 0;
  const result = await runAttacks(victim, {
    ...data,
    clean,
    epsilon,
    attacks: planned.map(({ attack }) => attack),
    search: unfit.length === 0 ? calibrated?.search : undefined,
    resume: await readWorkFile(path, origin, report.log),
    checkpointEvery: CHECKPOINT_MS,
    onCheckpoint: (bytes) => writeWorkFile(path, bytes, origin),
    onRestart: (why) => report.log(`starting again, not from the checkpoint: ${why}`),
    onResume: ({ attack, robust }) =>
      report.log(`going on with ${attack}, ${robust} images robust before it`),
    onProgress(state) {
      const label = describe(state), now = performance.now();
      if (now < next && state.attack === attack && state.overall < 1) return;
      attack = state.attack;
      next = now + REPORT_MS;
      report.progress(state.overall, 1, label);
    },
  });
  const findings = [...before, ...checkVerdicts(result, { before, attacks: rules })];
  return { ...result, findings };
}
