/** The record that a training leaves: `history.json`. @module */
import type { Stopped } from "../../lib/training/checkpoint.ts";
import { endOf, type Place } from "../../lib/training/course.ts";
import type { Trained } from "../../lib/training/train.ts";
import type { Setting } from "./parameters.ts";
import type { Parent } from "./parent.ts";

/** Where a training begins, if it is not at a random model. */
interface Beginning {
  /** The cell whose model it starts from. */
  readonly start?: string;
  /** The state of another training that it goes on from. */
  readonly parent?: Pick<Parent, "cell" | "place">;
}

/** A time as the file has it. */
const placeOf = ({ epoch, step }: Place) => ({ epoch, ...step ? { step } : {} });

/** Why a training ended before its last epoch, and which epoch's model is stored. */
function stoppedOf({ epoch, model }: Stopped, epochs: number) {
  const { epoch: modelEpoch, step: modelStep } = placeOf(model);
  return {
    reason: "collapse",
    epoch,
    of_epochs: epochs,
    model_epoch: modelEpoch,
    ...modelStep ? { model_step: modelStep } : {},
  };
}

/** What the file says. */
export function historyOf(
  { network, objective, recipe, heldOutImages, epsilon }: Setting,
  { history, log, bestEpoch, stopped }: Pick<Trained, "history" | "log" | "bestEpoch" | "stopped">,
  { start, parent }: Beginning,
): Record<string, unknown> {
  return {
    method: objective.name,
    activation: network.activation.name,
    probe_images: Math.min(recipe.probe_images, heldOutImages),
    held_out_images: heldOutImages,
    epsilon,
    ...start ? { start } : {},
    ...parent ? { parent: { cell: parent.cell, ...placeOf(parent.place) } } : {},
    // whose measurements these are, where it is not the model that steps train
    ...recipe.weight_average ? { weights: "average" } : {},
    ...bestEpoch === undefined ? {} : { best_epoch: bestEpoch },
    ...stopped ? { stopped: stoppedOf(stopped, endOf(recipe).epoch) } : {},
    epochs: history,
    ...log.length > 0 ? { steps: log } : {},
  };
}
