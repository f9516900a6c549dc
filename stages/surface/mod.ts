/**
 * The stage that computes loss surfaces of one model: `surface:<method>:<activation>`.
 *
 * Parameters: `images` (how many of the first test images), `shown` (of which surfaces are kept one
 * by one), `points` a side, `radius` to either side, `batch_size`.
 * Inputs: the cell of the model (`train:…`) and the images (`fetch:…`).
 *
 * @module
 */
import type { Stage } from "../../pipeline/cells/stage.ts";
import { ENGINE, NUMERICS, SHELL } from "../boundary.ts";

/** Computes the loss on planes through images. */
export const surface: Stage = {
  name: "surface",
  entry: new URL("./main.ts", import.meta.url),
  summary: "computes one model's loss on planes through images",
  outputs: ["surface.json"],
  engine: true,
  boundary: [...SHELL, ...ENGINE],
  revision: NUMERICS,
};
