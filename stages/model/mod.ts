/**
 * The stage that takes in a model from elsewhere: `model:external`.
 *
 * Parameters: `card`, whole; `prefix` of the network's tensors where the file holds several networks.
 * The weights come as `weights.safetensors` of input `external:weights`.
 * What it leaves is in the form of the train stage, so that the same weights under other names, or
 * with the normalisation in another place, are the same model to all that follows.
 *
 * @module
 */
import type { Stage } from "../../pipeline/cells/stage.ts";
import { SHELL } from "../boundary.ts";

export { EXTERNAL_WEIGHTS, WEIGHTS_FILE } from "./input.ts";

/** Checks weights from elsewhere against their card. */
export const model: Stage = {
  name: "model",
  entry: new URL("./main.ts", import.meta.url),
  summary: "takes in weights from elsewhere",
  outputs: ["model.safetensors", "card.json"],
  boundary: SHELL,
};
