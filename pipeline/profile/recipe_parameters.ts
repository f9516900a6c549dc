/** What a profile's recipe is in the parameters of cells. @module */
import type { RecipeProfile } from "../../lib/training/recipe.ts";

/**
 * A profile's recipe as a cell has it.
 *
 * @param isStart Whether the cell is what others start from
 */
export function recipeParameters(recipe: RecipeProfile, isStart: boolean) {
  const { start, batch_norm, ...rest } = recipe;
  const lowest = {
    ...rest,
    batch_norm,
    precision: lowered(recipe.precision),
    evaluate: unless("last", recipe.evaluate),
    optimizer: unless("sgd", recipe.optimizer),
    weight_decay_on: unless("all", recipe.weight_decay_on),
    label_smoothing: unless(0, recipe.label_smoothing),
    stop_on_collapse: unless(false, recipe.stop_on_collapse),
  };
  if (!start) return lowest;
  if (!isStart) return { ...lowest, start: { method: start.method } };
  const { epochs = recipe.epochs, stop_after, batch_norm_mode = batch_norm.mode } = start;
  return {
    ...lowest,
    epochs,
    stop_after,
    batch_norm: { ...batch_norm, mode: batch_norm_mode },
    stop_on_collapse: undefined,
    keep_states: undefined,
    evaluate: undefined,
    gradient_clip: undefined,
    weight_average: undefined,
  };
}

/** A value but a default: a profile that names the default has the keys of one that does not. */
const unless = <T>(byDefault: T, value?: T) => value === byDefault ? undefined : value;

/** A precision below float32. */
export const lowered = (precision?: string) => unless("f32", precision);
