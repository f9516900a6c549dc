/**
 * The stage that measures the paper's theory on one trained model: `theory:<method>:<activation>`.
 *
 * Parameters: `images` (how many of the first test images), `epsilon` (the radius at which the model is
 * attacked), `epsilons` (rising radii from 0), `steps` and `fab_iterations` of the searches,
 * `batch_size`.
 * Inputs: the cell of the model (`train:…`) and the images (`fetch:…`).
 *
 * @module
 */
import type { Stage } from "../../pipeline/cells/stage.ts";
import { ENGINE, NUMERICS, SHELL } from "../boundary.ts";

/** Measures R, omega, the input gradient and Proposition 2.1 on one model. */
export const theory: Stage = {
  name: "theory",
  entry: new URL("./main.ts", import.meta.url),
  summary: "measures the paper's theory on one model",
  outputs: ["theory.json"],
  engine: true,
  boundary: [...SHELL, ...ENGINE],
  revision: NUMERICS,
};
