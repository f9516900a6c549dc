/**
 * The stage that trains one model: `train:<method>:<activation>`.
 *
 * Parameters: `method`, `activation`, `model` (width, normalisation, Softplus' beta), `objective`
 * (the profile's `methods.<method>`), `recipe` (with `precision`, `f32` by default) and
 * `evaluation` (`epsilon` of the measured attacks).
 *
 * @module
 */
import type { Stage } from "../../pipeline/cells/stage.ts";
import { ENGINE, NUMERICS, SHELL } from "../boundary.ts";
import { planTrial } from "./trial.ts";

/** Trains a network and measures it after every epoch. */
export const train: Stage = {
  name: "train",
  entry: new URL("./main.ts", import.meta.url),
  summary: "trains one model and measures it after every epoch",
  outputs: ["model.safetensors", "card.json", "history.json"],
  engine: true,
  boundary: [...SHELL, ...ENGINE],
  revision: NUMERICS,
  trial: planTrial,
};
