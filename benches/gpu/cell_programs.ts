/** The programs of a profile's trainings, to be compiled before they run. @module */
import type { Precision, Program } from "../../lib/engines/mod.ts";
import { taskOf } from "../../lib/data/set.ts";
import { loadTrainingRules } from "../../lib/rules/training.ts";
import { pgdStepProgram, probeProgram } from "../../lib/training/monitor.ts";
import { stepProgram } from "../../lib/training/step.ts";
import { chosenData } from "../../pipeline/profile/data_schema.ts";
import { loadProfile } from "../../pipeline/profile/profile.ts";
import { table1 } from "../../pipeline/table1.ts";
import { readSetting } from "../../stages/train/parameters.ts";

/** A program of a cell. */
export interface CellProgram {
  readonly cell: string;
  readonly precision: Precision;
  readonly program: Program;
}

const rules = await loadTrainingRules();

/** Images that are measured at once, as `lib/training/train.ts` has it. */
const MEASURED = 128;

/**
 * The training steps of a profile's cells, and what measures their models after every epoch.
 *
 * @param overrides As `--set` gives them
 */
export function trainingPrograms(profile: string, overrides: readonly string[]): CellProgram[] {
  const read = loadProfile(profile, overrides), task = taskOf(chosenData(read.data).set);
  return table1(read)
    .filter(({ stage }) => stage.name === "train")
    .flatMap(({ id: cell, parameters }) => {
      const { network, objective, recipe, heldOutImages, epsilon } = readSetting(
        { cell, parameters },
        rules,
        task,
      );
      const { precision = "f32", batch_size: batchSize, batch_norm: batchNorm } = recipe;
      const measured = Math.min(MEASURED, heldOutImages);
      const step = stepProgram({
        network,
        objective,
        optimizer: recipe,
        batchSize,
        batchNorm,
        precision,
      });
      return [
        { cell, precision, program: step },
        { cell, precision: "f32", program: probeProgram(network, epsilon, measured) },
        { cell, precision: "f32", program: pgdStepProgram(network, epsilon, measured) },
      ];
    });
}
