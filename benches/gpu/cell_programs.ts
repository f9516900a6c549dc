/** The programs of a profile's trainings and attacks, to be compiled before they run. @module */
import { checkedLosses } from "../../lib/attacks/loss.ts";
import { lossesOf, planAttacks } from "../../lib/attacks/plan.ts";
import { gradientProgram, logitsProgram } from "../../lib/attacks/victim/programs.ts";
import type { Precision, Program } from "../../lib/engines/mod.ts";
import { taskOf } from "../../lib/data/set.ts";
import { initialize } from "../../lib/models/initialize.ts";
import { classifier } from "../../lib/models/load.ts";
import { loadAttackRules } from "../../lib/rules/attacks.ts";
import { loadTrainingRules } from "../../lib/rules/training.ts";
import { pgdStepProgram, probeProgram } from "../../lib/training/monitor.ts";
import { stepProgram } from "../../lib/training/step.ts";
import { chosenData } from "../../pipeline/profile/data_schema.ts";
import { loadProfile } from "../../pipeline/profile/profile.ts";
import { table1 } from "../../pipeline/table1.ts";
import { readSetting as readAttack } from "../../stages/attack/parameters.ts";
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

/**
 * What attacks a profile's models in full blocks, and what judges them in float32. Cells of the same
 * attack and network share their programs.
 *
 * @param overrides As `--set` gives them
 */
export async function attackPrograms(
  profile: string,
  overrides: readonly string[],
): Promise<CellProgram[]> {
  const read = loadProfile(profile, overrides), task = taskOf(chosenData(read.data).set);
  const attackRules = await loadAttackRules(), cells = table1(read);
  return cells.filter(({ stage }) => stage.name === "attack").flatMap(
    ({ id: cell, parameters, inputs }) => {
      const trained = cells.find(({ id, stage }) => stage.name === "train" && inputs.includes(id))!;
      const { network } = readSetting(
        { cell: trained.id, parameters: trained.parameters },
        rules,
        task,
      );
      const files = Object.fromEntries(inputs.map((id) => [id, {}]));
      const { attacks, epsilon, batchSize, images, searchPrecision } = readAttack(
        { cell, parameters, inputs: files },
      );
      const planned = planAttacks(attackRules, attacks, { ...task, epsilon, seed: 0n });
      const losses = { ...checkedLosses, ...lossesOf(planned.map(({ rule }) => rule)) };
      const model = classifier(network, initialize(network, 0));
      const size = Math.min(batchSize, images ?? batchSize);
      return [...new Set([searchPrecision, "f32" as const])].flatMap((precision) => [
        { cell, precision, program: gradientProgram(model, size, losses, precision) },
        { cell, precision, program: logitsProgram(model, size, precision) },
      ]);
    },
  );
}
