/**
 * The stage that makes adversarial examples to be tried on other models:
 * `examples:<method>:<activation>`.
 *
 * Parameters: `images` (how many of the first test images), `epsilon` and `steps` of PGD,
 * `batch_size`.
 * Inputs: the cell of the model (`train:…`) and the images (`fetch:…`).
 *
 * @module
 */
import type { Stage } from "../../pipeline/cells/stage.ts";
import { ENGINE, NUMERICS, SHELL } from "../boundary.ts";

/** Makes examples of every image, as strong as the budget allows. */
export const examples: Stage = {
  name: "examples",
  entry: new URL("./main.ts", import.meta.url),
  summary: "makes adversarial examples to be tried on other models",
  outputs: ["examples.safetensors"],
  engine: true,
  boundary: [...SHELL, ...ENGINE],
  revision: NUMERICS,
};
