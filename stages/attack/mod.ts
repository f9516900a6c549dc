/**
 * The stage that attacks one model: `attack:<pgd50|autoattack>:<method>:<activation>`.
 *
 * Parameters: `attack` (a name) and `settings` (the profile's `attacks.<attack>`), or as `settings` a
 * list of `{ attack, settings }`, each run on the images that the ones before left robust; `images`
 * (how many, `null` for all), `offset` (the first test image, 0 by default), `batch_size`, `epsilon`,
 * `search_precision` (`f32` by default).
 * Inputs: the cell of a model (`train:…` or `model:…`), and the images from `fetch:cifar10` or as
 * files of `external:data`.
 *
 * @module
 */
import type { Stage } from "../../pipeline/cells/stage.ts";
import { ENGINE, NUMERICS, SHELL } from "../boundary.ts";
import { planTrial } from "./trial.ts";

/** Attacks a trained model and keeps the adversarial examples and a verdict for each image. */
export const attack: Stage = {
  name: "attack",
  entry: new URL("./main.ts", import.meta.url),
  summary: "attacks one model and keeps the adversarial examples",
  outputs: ["adversarial.safetensors", "verdicts.json"],
  engine: true,
  boundary: [...SHELL, ...ENGINE],
  revision: NUMERICS,
  trial: planTrial,
};
