/**
 * The stage that draws the figures: `plot`.
 *
 * Parameters: `profile` (its name) and the titles of variants. Inputs: train cells, of which those trained
 * with FGSM make Figure 1 and all make the training figure, and `aggregate`, which says
 * what the data is called and which trainings collapsed.
 *
 * Fonts and the rasteriser are imported as modules, so the process needs no permission to read
 * them.
 *
 * @module
 */
import type { Stage } from "../../pipeline/cells/stage.ts";
import { SHELL } from "../boundary.ts";

/** Draws Figure 1, the accuracies during training and the map of collapse, as SVG and PNG. */
export const plot: Stage = {
  name: "plot",
  entry: new URL("./main.ts", import.meta.url),
  summary: "draws Figure 1, the accuracies during training and the map of collapse",
  outputs: [
    "figure1.svg",
    "figure1.png",
    "training.svg",
    "training.png",
    "collapse.svg",
    "collapse.png",
  ],
  boundary: SHELL,
};

/** The same, and the readings of the paper's setting beside its numbers. */
export const plotReadings: Stage = {
  ...plot,
  outputs: [...plot.outputs, "readings.svg", "readings.png"],
};
