/**
 * The stage that attacks one model at rising radii: `curve:<method>:<activation>`.
 *
 * Parameters: `images` (how many of the first test images), `epsilon` (the radius of the table),
 * `epsilons` (rising radii from 0), `iterations`, `restarts` and `targets` of the attacks,
 * `batch_size`.
 * Inputs: the cell of the model (`train:…`) and the images (`fetch:…`).
 *
 * @module
 */
import type { Stage } from "../../pipeline/cells/stage.ts";
import { ENGINE, NUMERICS, SHELL } from "../boundary.ts";

/** Measures robust accuracy over the radius. */
export const curve: Stage = {
  name: "curve",
  entry: new URL("./main.ts", import.meta.url),
  summary: "measures one model's robust accuracy at rising radii",
  outputs: ["curve.json"],
  engine: true,
  boundary: [...SHELL, ...ENGINE],
  revision: NUMERICS,
};
