/**
 * The stage that trains one model: `train:<method>:<activation>`.
 *
 * Parameters: `method`, `activation`, `model` (width, normalisation, Softplus' beta), `objective`
 * (the profile's `methods.<method>`), `recipe` (with `precision`, `f32` by default) and
 * `evaluation` (`epsilon` of the measured attacks). A branch has `branch` besides, the time of the state
 * that it goes on from, and the cell that kept it among its inputs; a training that is to keep a state and
 * no more has `until`.
 *
 * @module
 */
import { type Issue, list } from "../../lib/schema.ts";
import { placeSchema, stateFile } from "../../lib/training/course.ts";
import type { Stage } from "../../pipeline/cells/stage.ts";
import { ENGINE, NUMERICS, SHELL } from "../boundary.ts";
import { planTrial } from "./trial.ts";

/** The states that a recipe keeps. */
const keptFiles: Stage["moreOutputs"] = ({ recipe }) => {
  const { keep_states = [] } = (recipe ?? {}) as { keep_states?: unknown }, issues: Issue[] = [];
  const places = list(placeSchema)(keep_states, "recipe.keep_states", issues);
  // parameters may come with an archive, and become names of files
  if (issues.length === 0) return places.map(stateFile);
  throw new TypeError(`Cannot name the outputs: ${issues[0].path} ${issues[0].text}`);
};

/** Trains a network and measures it after every epoch. */
export const train: Stage = {
  name: "train",
  entry: new URL("./main.ts", import.meta.url),
  summary: "trains one model and measures it after every epoch",
  outputs: ["model.safetensors", "card.json", "history.json"],
  moreOutputs: keptFiles,
  engine: true,
  boundary: [...SHELL, ...ENGINE],
  revision: NUMERICS,
  trial: planTrial,
};
