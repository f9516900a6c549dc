/**
 * The stage that draws the figures: `plot`.
 *
 * Parameters: `profile` (its name), the titles of variants, and whether it has `readings`. Inputs: train cells, of which those trained
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

/**
 * Compares branches of trainings with the trainings that they go on from. Parameters: `profile`, and of
 * each branch its cell, its parent's and what differs, in words. Inputs: all of these train cells, and
 * the cell of the data.
 */
export const branches: Stage = {
  name: "branches",
  entry: new URL("./branches_main.ts", import.meta.url),
  summary: "compares and draws branches of trainings",
  outputs: ["branches.txt", "branches.md", "branches.json", "branches.svg", "branches.png"],
  boundary: SHELL,
};

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
  // the readings of the paper's setting beside its numbers
  moreOutputs: ({ readings }) => readings ? ["readings.svg", "readings.png"] : [],
  boundary: SHELL,
};

/**
 * The stage that puts the theory cells of a profile together: `theory`.
 *
 * Parameters as those of `plot`. Inputs: every theory cell, and the images' cell, which says what the
 * data is called.
 */
export const theoryReport: Stage = {
  name: "theory-report",
  entry: new URL("./theory_main.ts", import.meta.url),
  summary: "draws and prints what the theory cells say together",
  outputs: ["theory.txt", "theory.json", "theory.svg", "theory.png"],
  boundary: SHELL,
};

/** What the stage of a section leaves: text, JSON and a figure. */
const leaves = (name: string) => ["txt", "json", "svg", "png"].map((end) => `${name}.${end}`);

/** Puts the cells `curve:…` together, as {@linkcode theoryReport} does those of the theory. */
export const curveReport: Stage = {
  name: "curve-report",
  entry: new URL("./curve_main.ts", import.meta.url),
  summary: "draws and prints robust accuracy over the radius",
  outputs: leaves("curve"),
  boundary: SHELL,
};

/** Puts the cells `transfer:…` together. */
export const transferReport: Stage = {
  name: "transfer-report",
  entry: new URL("./transfer_main.ts", import.meta.url),
  summary: "draws and prints which models fall for which examples",
  outputs: leaves("transfer"),
  boundary: SHELL,
};

/** Puts the cells `surface:…` together. */
export const surfaceReport: Stage = {
  name: "surface-report",
  entry: new URL("./surface_main.ts", import.meta.url),
  summary: "draws loss surfaces and prints how rough they are",
  outputs: leaves("surface"),
  boundary: SHELL,
};

/**
 * Draws accuracy and collapse of rows that differ in one parameter of a rule. Parameters: those of
 * `plot`, and `dials`. Input: `aggregate`.
 */
export const dialReport: Stage = {
  name: "dial-report",
  entry: new URL("./dial_main.ts", import.meta.url),
  summary: "draws robust accuracy against one parameter of a rule",
  outputs: leaves("dial"),
  boundary: SHELL,
};
